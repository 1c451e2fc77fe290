  # oneDNN's linear maps: on a CPU with AVX-512 they are faster than the BLAS behind torch.linear, and
  # fuse what follows.
  def computes_bfloat16(self: __torch__.Kernels) -> bool:
    return ops.mkldnn._is_mkldnn_bf16_supported()

  def packs_int8(self: __torch__.Kernels) -> bool:
    return True

  def in_blocks(self: __torch__.Kernels, w: Tensor) -> bool:
    return torch.gt(torch.numel(w), 8388608)

  def compute_dtype(self: __torch__.Kernels, w: Tensor) -> int:
    return ops.prim.dtype(w)

  # In bfloat16 torch.linear reads a weight as it lies, where the pointwise product first copies it into
  # blocks; for a few rows it has slower loops.
  def reads_in_place(self: __torch__.Kernels, x: Tensor, w: Tensor) -> bool:
    if ops.prim.dtype(w) == 15:
      y = torch.gt(torch.numel(x), torch.mul(8, torch.size(x, -1)))
    else:
      y = False
    return y

  def linear(self: __torch__.Kernels, x: Tensor, w: Tensor) -> Tensor:
    if (self).reads_in_place(x, w):
      y = torch.linear(x, w)
    else:
      y = ops.mkldnn._linear_pointwise(x, w, None, "none", annotate(List[Optional[number]], []), "")
    return y

  def linear_transposed(self: __torch__.Kernels, g: Tensor, w: Tensor) -> Tensor:
    return ops.mkldnn._linear_pointwise(g, torch.t(w), None, "none", annotate(List[Optional[number]], []), "")

  def linear_bias(self: __torch__.Kernels, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    return ops.mkldnn._linear_pointwise(x, w, b, "none", annotate(List[Optional[number]], []), "")

  def linear_gelu(self: __torch__.Kernels, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    return ops.mkldnn._linear_pointwise(x, w, b, "gelu", annotate(List[Optional[number]], []), "none")

  def linear_add(self: __torch__.Kernels, x: Tensor, w: Tensor, b: Tensor, residual: Tensor) -> Tensor:
    if ops.prim.dtype(residual) == ops.prim.dtype(w):
      y = ops.mkldnn._linear_pointwise(x, residual, w, b, "add")
    else:
      y = torch.add(residual, (self).linear_bias(x, w, b))
    return y

  # Attention of the encoders, without a graph: q, k, v and the result are [b, heads, tokens, head_dim]. In
  # bfloat16 two products and a softmax take less than half the time of the fused one. Queries are scaled first,
  # as upstream's encoder does; the softmax computes in float32 and rounds at its end.
  def attention(self: __torch__.Kernels, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    if ops.prim.dtype(q) == 15:
      scaled = torch.mul(q, torch.pow(float(torch.size(q, 3)), -0.5))
      y = torch.matmul(torch.softmax(torch.matmul(scaled, torch.transpose(k, 2, 3)), -1), v)
    else:
      y = torch.scaled_dot_product_attention(q, k, v)
    return y
