  # As linear_wide.py, for AVX2: oneDNN where it is ahead of the BLAS there, in products that widen.
  def packs_int8(self: __torch__.Kernels) -> bool:
    return True

  def in_blocks(self: __torch__.Kernels, w: Tensor) -> bool:
    return torch.gt(torch.numel(w), 8388608)

  def compute_dtype(self: __torch__.Kernels, w: Tensor) -> int:
    return 6

  def widens(self: __torch__.Kernels, w: Tensor) -> bool:
    return torch.gt(torch.size(w, 0), torch.mul(4, torch.size(w, 1)))

  # Few rows are cheaper to narrow than a bfloat16 weight is to widen.
  def narrows(self: __torch__.Kernels, x: Tensor, w: Tensor) -> bool:
    if ops.prim.dtype(w) == 15:
      y = (self).few_rows(x)
    else:
      y = False
    return y

  def linear(self: __torch__.Kernels, x: Tensor, w: Tensor) -> Tensor:
    if (self).narrows(x, w):
      y = torch.to(torch.linear(torch.to(x, 15), w), 6)
    else:
      if (self).widens(w):
        y = ops.mkldnn._linear_pointwise(x, torch.to(w, 6), None, "none", annotate(List[Optional[number]], []), "")
      else:
        y = torch.linear(x, torch.to(w, 6))
    return y

  def linear_transposed(self: __torch__.Kernels, g: Tensor, w: Tensor) -> Tensor:
    return torch.matmul(g, torch.to(w, 6))

  def linear_bias(self: __torch__.Kernels, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    return torch.linear(x, torch.to(w, 6), torch.to(b, 6))

  def linear_gelu(self: __torch__.Kernels, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    if (self).widens(w):
      y = ops.mkldnn._linear_pointwise(x, torch.to(w, 6), torch.to(b, 6), "gelu", annotate(List[Optional[number]], []), "none")
    else:
      y = torch.gelu((self).linear_bias(x, w, b))
    return y

  def linear_add(self: __torch__.Kernels, x: Tensor, w: Tensor, b: Tensor, residual: Tensor) -> Tensor:
    return torch.add(residual, (self).linear_bias(x, w, b))

  # Attention of the encoders, without a graph: q, k, v and the result are [b, heads, tokens, head_dim].
  def attention(self: __torch__.Kernels, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return torch.scaled_dot_product_attention(q, k, v)
