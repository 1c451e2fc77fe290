  # For a CPU that computes nothing narrower than float32: weights may be kept as bfloat16, and each is
  # widened for the time of its product.
  def packs_int8(self: __torch__.Kernels) -> bool:
    return True

  def in_blocks(self: __torch__.Kernels, w: Tensor) -> bool:
    return torch.gt(torch.numel(w), 8388608)

  def compute_dtype(self: __torch__.Kernels, w: Tensor) -> int:
    return 6

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
      y = torch.linear(x, torch.to(w, 6))
    return y

  def linear_transposed(self: __torch__.Kernels, g: Tensor, w: Tensor) -> Tensor:
    return torch.matmul(g, torch.to(w, 6))

  def linear_bias(self: __torch__.Kernels, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    return torch.linear(x, torch.to(w, 6), torch.to(b, 6))

  def linear_gelu(self: __torch__.Kernels, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    return torch.gelu((self).linear_bias(x, w, b))

  def linear_add(self: __torch__.Kernels, x: Tensor, w: Tensor, b: Tensor, residual: Tensor) -> Tensor:
    return torch.add(residual, (self).linear_bias(x, w, b))

  # Attention of the encoders, without a graph: q, k, v and the result are [b, heads, tokens, head_dim].
  def attention(self: __torch__.Kernels, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return torch.scaled_dot_product_attention(q, k, v)
