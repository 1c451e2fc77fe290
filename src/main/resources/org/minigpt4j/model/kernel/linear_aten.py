  def packs_int8(self: __torch__.Kernels) -> bool:
    return False

  def in_blocks(self: __torch__.Kernels, w: Tensor) -> bool:
    return False

  def compute_dtype(self: __torch__.Kernels, w: Tensor) -> int:
    return ops.prim.dtype(w)

  def linear(self: __torch__.Kernels, x: Tensor, w: Tensor) -> Tensor:
    return torch.linear(x, w)

  def linear_transposed(self: __torch__.Kernels, g: Tensor, w: Tensor) -> Tensor:
    return torch.matmul(g, w)

  def linear_bias(self: __torch__.Kernels, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    return torch.linear(x, w, b)

  def linear_gelu(self: __torch__.Kernels, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    return torch.gelu(torch.linear(x, w, b))

  def linear_add(self: __torch__.Kernels, x: Tensor, w: Tensor, b: Tensor, residual: Tensor) -> Tensor:
    return torch.add(residual, torch.linear(x, w, b))

  # Attention of the encoders, without a graph: q, k, v and the result are [b, heads, tokens, head_dim].
  def attention(self: __torch__.Kernels, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return torch.scaled_dot_product_attention(q, k, v)
