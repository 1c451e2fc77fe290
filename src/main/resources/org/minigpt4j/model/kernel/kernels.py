# The mathematics of minigpt4j in TorchScript's archive dialect: calls read torch.op(...), own methods
# (self).method(...), and every name is an ATen operator. LINEAR stands for one of the linear_*.py files.
#
# LINEAR also says, in compute_dtype, in which dtype it takes its inputs for a weight of a given dtype, in
# packs_int8 whether few rows may be multiplied with an int8 weight as it is, in in_blocks whether an int8 weight is
# so large that it is widened in blocks, and in attention how the encoders attend.
# Frozen linear maps come as (weight, scale): scale is empty for a floating-point weight, and holds one
# factor per output row for an int8 weight. Norm weights are float32 and norms, softmax and the loss are
# computed in float32, whatever the dtype of the linear maps. 6 is torch.float32, 5 float16, 15 bfloat16.
class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

LINEAR

  def to_dtype(self: __torch__.Kernels, x: Tensor, dtype: int) -> Tensor:
    return torch.to(x, dtype)

  # Always a copy: x may lie in a file.
  def copy_as(self: __torch__.Kernels, x: Tensor, dtype: int) -> Tensor:
    return torch.to(x, dtype, False, True)

  def zeros(self: __torch__.Kernels, shape: List[int], dtype: int, like: Tensor) -> Tensor:
    return torch.zeros(shape, dtype=dtype, device=ops.prim.device(like))

  # Memory that nobody has written yet.
  def empty(self: __torch__.Kernels, shape: List[int], dtype: int, like: Tensor) -> Tensor:
    return torch.empty(shape, dtype=dtype, device=ops.prim.device(like))

  # Rows of a weight, in place, in its dtype.
  def set_rows(self: __torch__.Kernels, x: Tensor, row: int, part: Tensor) -> Tensor:
    return torch.copy_(torch.narrow(x, 0, row, torch.size(part, 0)), part)

  # In place.
  def zero(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.zero_(x)

  # In place.
  def assign(self: __torch__.Kernels, x: Tensor, values: Tensor) -> Tensor:
    return torch.copy_(x, values)

  def matmul(self: __torch__.Kernels, x: Tensor, y: Tensor) -> Tensor:
    return torch.matmul(torch.to(x, (self).compute_dtype(x)), torch.to(y, (self).compute_dtype(y)))

  def first(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.to(torch.select(torch.flatten(x), 0, 0), 6)

  # True for up to 8 rows, as one token of a few beams has: reading the weight is all the work there, and to
  # widen it first would multiply the time.
  def few_rows(self: __torch__.Kernels, x: Tensor) -> bool:
    return torch.le(torch.numel(x), torch.mul(8, torch.size(x, -1)))

  # PyTorch's kernel for that reads whole blocks and beyond the end of sizes that are no multiple of them.
  def packs(self: __torch__.Kernels, x: Tensor, w: Tensor) -> bool:
    if (self).packs_int8():
      n, k = torch.size(w)
      if torch.__and__(torch.remainder(n, 32) == 0, torch.remainder(k, 32) == 0):
        y = (self).few_rows(x)
      else:
        y = False
    else:
      y = False
    return y

  # Few rows [b, t, h] and an int8 weight as it is; the rows and the product are rounded to bfloat16.
  def linear_packed(self: __torch__.Kernels, x: Tensor, w: Tensor, scale: Tensor) -> Tensor:
    b, t, h = torch.size(x)
    y = torch._weight_int8pack_mm(torch.reshape(torch.to(x, 15), [b * t, h]), w, torch.ones_like(scale, dtype=15))
    y = torch.mul(torch.to(y, 6), scale)
    return torch.to(torch.view(y, [b, t, torch.size(w, 0)]), ops.prim.dtype(x))

  # x times an int8 weight that is widened to the dtype of x, which on a CPU happens in blocks of rows: a whole
  # large weight would lie in fresh memory, and its pages alone take ten times as long as the product. A row's
  # result does not depend on the blocks.
  def linear_int8(self: __torch__.Kernels, x: Tensor, w: Tensor) -> Tensor:
    dtype = ops.prim.dtype(x)
    if (self).in_blocks(w):
      parts = annotate(List[Tensor], [])
      for i in range((torch.size(w, 0) + 511) // 512):
        block = torch.slice(w, 0, torch.mul(i, 512), torch.mul(i, 512) + 512)
        kept = torch.append(parts, (self).linear(x, torch.to(block, dtype)))
      y = torch.cat(parts, -1)
    else:
      y = (self).linear(x, torch.to(w, dtype))
    return y

  # The same for the transposed weight, in blocks of columns.
  def linear_int8_transposed(self: __torch__.Kernels, g: Tensor, w: Tensor) -> Tensor:
    dtype = ops.prim.dtype(g)
    if (self).in_blocks(w):
      parts = annotate(List[Tensor], [])
      for i in range((torch.size(w, 1) + 511) // 512):
        block = torch.slice(w, 1, torch.mul(i, 512), torch.mul(i, 512) + 512)
        kept = torch.append(parts, (self).linear_transposed(g, torch.contiguous(torch.to(block, dtype))))
      y = torch.cat(parts, -1)
    else:
      y = (self).linear_transposed(g, torch.to(w, dtype))
    return y

  def linear_scaled(self: __torch__.Kernels, x: Tensor, w: Tensor, scale: Tensor) -> Tensor:
    if torch.numel(scale) == 0:
      y = (self).linear(x, w)
    else:
      if (self).packs(x, w):
        y = (self).linear_packed(x, w, scale)
      else:
        if ops.prim.dtype(x) == 5:
          y = (self).linear(x, (self).dequantized(w, scale))
        else:
          y = torch.mul((self).linear_int8(x, w), torch.to(scale, ops.prim.dtype(x)))
    return y

  # An int8 weight in float16. Its scale goes in before the product there and not after it: a product with
  # numbers up to 127 leaves float16's range, which ends at 65504, where the scaled one is far from that, and
  # a gradient times the scale falls below it.
  def dequantized(self: __torch__.Kernels, w: Tensor, scale: Tensor) -> Tensor:
    return torch.mul_(torch.to(w, 5), torch.unsqueeze(scale, 1))

  # The same with a bias, which may be empty for none.
  def linear_scaled_bias(self: __torch__.Kernels, x: Tensor, w: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    if torch.numel(bias) == 0:
      y = (self).linear_scaled(x, w, scale)
    else:
      if torch.numel(scale) == 0:
        y = (self).linear_bias(x, w, bias)
      else:
        y = torch.add((self).linear_scaled(x, w, scale), torch.to(bias, ops.prim.dtype(x)))
    return y

  # The gradient of linear_scaled with respect to x.
  def linear_scaled_backward(self: __torch__.Kernels, g: Tensor, w: Tensor, scale: Tensor) -> Tensor:
    if torch.numel(scale) == 0:
      y = (self).linear_transposed(g, w)
    else:
      if ops.prim.dtype(g) == 5:
        y = (self).linear_transposed(g, (self).dequantized(w, scale))
      else:
        scaled = torch.mul(g, torch.to(scale, ops.prim.dtype(g)))
        y = (self).linear_int8_transposed(scaled, w)
    return y

  def layer_norm(self: __torch__.Kernels, x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    return torch.layer_norm(torch.to(x, 6), [torch.size(x, -1)], weight, bias, eps)

  # ---- images -------------------------------------------------------------------------------------

  # uint8 [b, s, s, 3] in 0..255 -> float32 [b, 3, s, s], (v / 255 - mean) / std per channel.
  def normalize_pixels(self: __torch__.Kernels, pixels: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    x = torch.div(torch.to(pixels, 6), 255.)
    x = torch.div(torch.sub(x, mean), std)
    return torch.contiguous(torch.permute(x, [0, 3, 1, 2]))

  # Bicubic resize (a = -0.75, no antialias) of learned positions [1, 1 + g*g, w] to a grid of side n.
  def resize_positions(self: __torch__.Kernels, positions: Tensor, old: int, n: int) -> Tensor:
    w = torch.size(positions, 2)
    cls = torch.slice(positions, 1, 0, 1)
    grid = torch.reshape(torch.slice(positions, 1, 1), [1, old, old, w])
    grid = torch.upsample_bicubic2d(torch.permute(grid, [0, 3, 1, 2]), [n, n], False)
    grid = torch.reshape(torch.permute(grid, [0, 2, 3, 1]), [1, n * n, w])
    return torch.cat([cls, grid], 1)

  # float32 [b, 3, s, s] -> patch embeddings [b, n, w]; a convolution with stride = kernel is a linear map.
  def patch_embed(self: __torch__.Kernels, image: Tensor, weight: Tensor, bias: Tensor, patch: int) -> Tensor:
    b, c, s, s2 = torch.size(image)
    n = s // patch
    x = torch.view(image, [b, c, n, patch, n, patch])
    x = torch.reshape(torch.permute(x, [0, 2, 4, 1, 3, 5]), [b, n * n, c * patch * patch])
    x = (self).linear_bias(torch.to(x, (self).compute_dtype(weight)), torch.flatten(weight, 1), bias)
    return torch.to(x, 6)

  def vit_embed(self: __torch__.Kernels, patches: Tensor, cls: Tensor, positions: Tensor) -> Tensor:
    b, n, w = torch.size(patches)
    x = torch.cat([torch.expand(cls, [b, 1, w]), patches], 1)
    return torch.add(x, positions)

  # Attention without a graph; q, k, v are [b, heads, tokens, head_dim]; returns [b, tokens, width].
  def attend(self: __torch__.Kernels, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return torch.flatten(torch.transpose((self).attention(q, k, v), 1, 2), 2)

  def split_heads(self: __torch__.Kernels, x: Tensor, heads: int) -> Tensor:
    b, t, w = torch.size(x)
    return torch.transpose(torch.view(x, [b, t, heads, w // heads]), 1, 2)

  def vit_block(self: __torch__.Kernels, x: Tensor,
      norm1: Tensor, norm1_bias: Tensor, qkv: Tensor, qkv_bias: Tensor, proj: Tensor, proj_bias: Tensor,
      norm2: Tensor, norm2_bias: Tensor, fc1: Tensor, fc1_bias: Tensor, fc2: Tensor, fc2_bias: Tensor,
      heads: int, eps: float) -> Tensor:
    dtype = (self).compute_dtype(qkv)
    b, t, w = torch.size(x)
    y = torch.to((self).layer_norm(x, norm1, norm1_bias, eps), dtype)
    y = torch.view((self).linear_bias(y, qkv, qkv_bias), [b, t, 3, heads, w // heads])
    q, k, v = torch.unbind(torch.permute(y, [2, 0, 3, 1, 4]))
    x = (self).linear_add((self).attend(q, k, v), proj, proj_bias, x)
    y = torch.to((self).layer_norm(x, norm2, norm2_bias, eps), dtype)
    return (self).linear_add((self).linear_gelu(y, fc1, fc1_bias), fc2, fc2_bias, x)

  # ---- Q-Former -----------------------------------------------------------------------------------

  def qformer_embed(self: __torch__.Kernels, queries: Tensor, norm: Tensor, norm_bias: Tensor, batch: int, eps: float) -> Tensor:
    x = (self).layer_norm(queries, norm, norm_bias, eps)
    return torch.contiguous(torch.expand(x, [batch, torch.size(x, 1), torch.size(x, 2)]))

  # Post-norm self-attention over the queries, x [b, queries, w] float32.
  def qformer_self(self: __torch__.Kernels, x: Tensor,
      qkv: Tensor, qkv_bias: Tensor, dense: Tensor, dense_bias: Tensor, norm: Tensor, norm_bias: Tensor,
      heads: int, eps: float) -> Tensor:
    b, t, w = torch.size(x)
    y = (self).linear_bias(torch.to(x, (self).compute_dtype(qkv)), qkv, qkv_bias)
    q, k, v = torch.unbind(torch.permute(torch.view(y, [b, t, 3, heads, w // heads]), [2, 0, 3, 1, 4]))
    x = (self).linear_add((self).attend(q, k, v), dense, dense_bias, x)
    return (self).layer_norm(x, norm, norm_bias, eps)

  # Post-norm cross-attention from the queries to the image tokens [b, patches, image width].
  def qformer_cross(self: __torch__.Kernels, x: Tensor, image: Tensor,
      query: Tensor, query_bias: Tensor, kv: Tensor, kv_bias: Tensor, dense: Tensor, dense_bias: Tensor, norm: Tensor, norm_bias: Tensor,
      heads: int, eps: float) -> Tensor:
    dtype = (self).compute_dtype(query)
    q = (self).linear_bias(torch.to(x, dtype), query, query_bias)
    k, v = torch.chunk((self).linear_bias(torch.to(image, dtype), kv, kv_bias), 2, -1)
    y = (self).attend((self).split_heads(q, heads), (self).split_heads(k, heads), (self).split_heads(v, heads))
    x = (self).linear_add(y, dense, dense_bias, x)
    return (self).layer_norm(x, norm, norm_bias, eps)

  def qformer_feed_forward(self: __torch__.Kernels, x: Tensor,
      inner: Tensor, inner_bias: Tensor, outer: Tensor, outer_bias: Tensor, norm: Tensor, norm_bias: Tensor, eps: float) -> Tensor:
    y = (self).linear_gelu(torch.to(x, (self).compute_dtype(inner)), inner, inner_bias)
    x = (self).linear_add(y, outer, outer_bias, x)
    return (self).layer_norm(x, norm, norm_bias, eps)

  # ---- a Q-Former that learns ------------------------------------------------------------------------
  # These are called with autograd on. Weights are float32 leaves, cast to the dtype of the product as autocast
  # does. `whole` holds the number of heads, that dtype, then a pair of 32-bit keys for each dropout; `real` holds
  # the norms' epsilon and the share of values dropped. Both lie on the host.

  def at(self: __torch__.Kernels, whole: Tensor, i: int) -> int:
    return int(torch.select(whole, 0, i))

  def real_at(self: __torch__.Kernels, real: Tensor, i: int) -> float:
    return float(torch.select(real, 0, i))

  def linear_as(self: __torch__.Kernels, x: Tensor, w: Tensor, b: Tensor, dtype: int) -> Tensor:
    return torch.linear(torch.to(x, dtype), torch.to(w, dtype), torch.to(b, dtype))

  # 32 well mixed bits out of 32 bits in int64 (the multipliers are Wellons's "lowbias32").
  def mixed(self: __torch__.Kernels, x: Tensor) -> Tensor:
    x = torch.bitwise_xor(x, torch.bitwise_right_shift(x, 16))
    x = torch.bitwise_and(torch.mul(x, 2146121005), 4294967295)
    x = torch.bitwise_xor(x, torch.bitwise_right_shift(x, 15))
    x = torch.bitwise_and(torch.mul(x, 2221713035), 4294967295)
    return torch.bitwise_xor(x, torch.bitwise_right_shift(x, 16))

  # Dropout whose mask is a function of the key pair at whole[i] and of a value's place in x: the same bits
  # on every device, in every order and on any number of replicas.
  def dropped(self: __torch__.Kernels, x: Tensor, whole: Tensor, i: int, share: float) -> Tensor:
    if share == 0.:
      y = x
    else:
      bits = torch.arange(torch.numel(x), dtype=4, device=ops.prim.device(x))
      bits = (self).mixed(torch.bitwise_xor(bits, (self).at(whole, i)))
      bits = (self).mixed(torch.bitwise_xor(bits, (self).at(whole, i + 1)))
      keep = torch.to(torch.ge(bits, share * 4294967296.), ops.prim.dtype(x))
      y = torch.mul(torch.mul(x, torch.view_as(keep, x)), 1. / (1. - share))
    return y

  def attend_dropped(self: __torch__.Kernels, q: Tensor, k: Tensor, v: Tensor, whole: Tensor, i: int, share: float) -> Tensor:
    scale = torch.pow(float(torch.size(q, 3)), -0.5)
    scores = torch.mul(torch.to(torch.matmul(q, torch.transpose(k, 2, 3)), 6), scale)
    p = (self).dropped(torch.softmax(scores, -1), whole, i, share)
    x = torch.matmul(torch.to(p, ops.prim.dtype(v)), v)
    return torch.flatten(torch.transpose(x, 1, 2), 2)

  # A sublayer's end: dense, dropout, residual, norm.
  def qformer_joined(self: __torch__.Kernels, y: Tensor, x: Tensor, dense: Tensor, dense_bias: Tensor, norm: Tensor, norm_bias: Tensor,
      dtype: int, whole: Tensor, i: int, real: Tensor) -> Tensor:
    y = torch.to((self).linear_as(y, dense, dense_bias, dtype), 6)
    y = (self).dropped(y, whole, i, (self).real_at(real, 1))
    return (self).layer_norm(torch.add(x, y), norm, norm_bias, (self).real_at(real, 0))

  # image [b, patches, image width] gives the number of rows.
  def qformer_embed_learn(self: __torch__.Kernels, queries: Tensor, norm: Tensor, norm_bias: Tensor, image: Tensor, whole: Tensor, real: Tensor) -> Tensor:
    x = (self).layer_norm(queries, norm, norm_bias, (self).real_at(real, 0))
    x = torch.expand(x, [torch.size(image, 0), torch.size(x, 1), torch.size(x, 2)])
    return (self).dropped(torch.contiguous(x), whole, 2, (self).real_at(real, 1))

  def qformer_self_learn(self: __torch__.Kernels, x: Tensor,
      qkv: Tensor, qkv_bias: Tensor, dense: Tensor, dense_bias: Tensor, norm: Tensor, norm_bias: Tensor,
      whole: Tensor, real: Tensor) -> Tensor:
    dtype = (self).at(whole, 1)
    heads = (self).at(whole, 0)
    b, t, w = torch.size(x)
    y = torch.view((self).linear_as(x, qkv, qkv_bias, dtype), [b, t, 3, heads, w // heads])
    q, k, v = torch.unbind(torch.permute(y, [2, 0, 3, 1, 4]))
    y = (self).attend_dropped(q, k, v, whole, 2, (self).real_at(real, 1))
    return (self).qformer_joined(y, x, dense, dense_bias, norm, norm_bias, dtype, whole, 4, real)

  def qformer_cross_learn(self: __torch__.Kernels, x: Tensor, image: Tensor,
      query: Tensor, query_bias: Tensor, kv: Tensor, kv_bias: Tensor, dense: Tensor, dense_bias: Tensor, norm: Tensor, norm_bias: Tensor,
      whole: Tensor, real: Tensor) -> Tensor:
    dtype = (self).at(whole, 1)
    heads = (self).at(whole, 0)
    q = (self).split_heads((self).linear_as(x, query, query_bias, dtype), heads)
    k, v = torch.chunk((self).linear_as(image, kv, kv_bias, dtype), 2, -1)
    y = (self).attend_dropped(q, (self).split_heads(k, heads), (self).split_heads(v, heads), whole, 2, (self).real_at(real, 1))
    return (self).qformer_joined(y, x, dense, dense_bias, norm, norm_bias, dtype, whole, 4, real)

  def qformer_feed_forward_learn(self: __torch__.Kernels, x: Tensor,
      inner: Tensor, inner_bias: Tensor, outer: Tensor, outer_bias: Tensor, norm: Tensor, norm_bias: Tensor,
      whole: Tensor, real: Tensor) -> Tensor:
    dtype = (self).at(whole, 1)
    y = torch.gelu((self).linear_as(x, inner, inner_bias, dtype))
    return (self).qformer_joined(y, x, outer, outer_bias, norm, norm_bias, dtype, whole, 2, real)

  # ---- LLaMA --------------------------------------------------------------------------------------

  # Token ids [b, n] around image embeddings [b, q, h]: [before, image, after].
  def llama_inputs(self: __torch__.Kernels, image: Tensor, before: Tensor, after: Tensor, table: Tensor) -> Tensor:
    dtype = (self).compute_dtype(table)
    return torch.cat([torch.to(torch.embedding(table, before), dtype), torch.to(image, dtype), torch.to(torch.embedding(table, after), dtype)], 1)

  # Two runs of places, one after the other: [b, m, hidden] and [b, n, hidden] of one dtype.
  def llama_append(self: __torch__.Kernels, left: Tensor, right: Tensor) -> Tensor:
    return torch.cat([left, right], 1)

  # What may not be attended to, additive, [1, 1, t, t]; with key flags `attended` [b, t] (1 or 0) also
  # the padding, [b, 1, t, t]. The lowest finite number keeps the softmax of a fully masked row defined.
  def attention_mask(self: __torch__.Kernels, attended: Tensor, t: int) -> Tensor:
    lowest = -3.4028234663852886e+38
    mask = torch.triu(torch.full([t, t], lowest, dtype=6, device=ops.prim.device(attended)), 1)
    mask = torch.view(mask, [1, 1, t, t])
    if torch.numel(attended) > 0:
      hidden = torch.unsqueeze(torch.unsqueeze(torch.eq(attended, 0), 1), 1)
      mask = torch.masked_fill(torch.expand(mask, [torch.size(attended, 0), 1, t, t]), hidden, lowest)
    return mask

  def rms_norm(self: __torch__.Kernels, x: Tensor, weight: Tensor, eps: float) -> Tensor:
    f = torch.to(x, 6)
    r = torch.rsqrt(torch.add(torch.mean(torch.mul(f, f), [-1], True), eps))
    return torch.to(torch.mul(torch.mul(f, r), weight), ops.prim.dtype(x))

  # The gradient of rms_norm with respect to x, added to `residual`.
  def rms_norm_backward(self: __torch__.Kernels, g: Tensor, x: Tensor, weight: Tensor, eps: float, residual: Tensor) -> Tensor:
    f = torch.to(x, 6)
    y = torch.mul(f, f)
    r = torch.rsqrt(torch.add(torch.mean(y, [-1], True), eps))
    f = torch.mul(f, r)
    d = torch.mul(torch.to(g, 6), weight)
    f = torch.mul_(f, torch.mean(torch.mul(d, f, out=y), [-1], True))
    d = torch.mul_(torch.sub_(d, f), r)
    return torch.add(residual, torch.to(d, ops.prim.dtype(x)))

  # Rotary positions on [..., tokens, head_dim]; the halves of a head form the pairs.
  def rotate(self: __torch__.Kernels, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    a, b = torch.chunk(x, 2, -1)
    turned = torch.cat([torch.neg(b), a], -1)
    return torch.to(torch.add(torch.mul(x, cos), torch.mul(turned, sin)), ops.prim.dtype(x))

  # Queries come in groups that share a head of keys and values. The queries of a group stand one after
  # the other as rows of one matrix, so no key is copied: q is [b, kv_heads, group * n, head_dim], and
  # plain attention is that with groups of one.

  # float32 probabilities [b, kv_heads, group * n, places]; mask is additive, [1 or b, 1, n, places].
  def attention_weights(self: __torch__.Kernels, q: Tensor, k: Tensor, mask: Tensor) -> Tensor:
    scores = torch.to(torch.matmul(q, torch.transpose(k, 2, 3)), 6)
    scale = torch.pow(float(torch.size(q, 3)), -0.5)
    b, kv, rows, places = torch.size(scores)
    n = torch.size(mask, 2)
    if rows == n:
      p = torch.softmax(torch.add(torch.mul(scores, scale), mask), -1)
    else:
      grouped = torch.view(torch.mul(scores, scale), [b, kv, rows // n, n, places])
      p = torch.view(torch.softmax(torch.add(grouped, torch.unsqueeze(mask, 2)), -1), [b, kv, rows, places])
    return p

  # Rotated q and k, and v, of a layer's input: [group + 2, b, kv_heads, t, head_dim], of which the first
  # group * b * kv_heads heads are q.
  def llama_heads(self: __torch__.Kernels, x: Tensor, cos: Tensor, sin: Tensor,
      norm1: Tensor, qkv: Tensor, qkv_scale: Tensor, qkv_bias: Tensor, heads: int, eps: float) -> Tensor:
    b, t, h = torch.size(x)
    d = torch.size(cos, -1)
    y = (self).linear_scaled_bias((self).rms_norm(x, norm1, eps), qkv, qkv_scale, qkv_bias)
    kv = (torch.size(y, 2) // d - heads) // 2
    if kv == heads:
      y = torch.permute(torch.view(y, [b, t, 3, heads, d]), [2, 0, 3, 1, 4])
      qk = (self).rotate(torch.slice(y, 0, 0, 2), cos, sin)
      z = torch.cat([qk, torch.slice(y, 0, 2, 3)], 0)
    else:
      y = torch.transpose(torch.view(y, [b, t, heads + 2 * kv, d]), 1, 2)
      qk = (self).rotate(torch.slice(y, 1, 0, heads + kv), cos, sin)
      q = torch.flatten(torch.slice(qk, 1, 0, heads))
      k = torch.flatten(torch.slice(qk, 1, heads))
      z = torch.cat([q, k, torch.flatten(torch.slice(y, 1, heads + kv))])
      z = torch.view(z, [heads // kv + 2, b, kv, t, d])
    return z

  # q [b, kv_heads, group * t, head_dim], k and v [b, kv_heads, t, head_dim] of what llama_heads gives.
  def llama_qkv(self: __torch__.Kernels, z: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    parts, b, kv, t, d = torch.size(z)
    q = torch.view(torch.slice(z, 0, 0, parts - 2), [b, kv, (parts - 2) * t, d])
    return (q, torch.select(z, 0, parts - 2), torch.select(z, 0, parts - 1))

  # [b, kv_heads, group * n, head_dim] -> [b, n, heads * head_dim].
  def join_heads(self: __torch__.Kernels, y: Tensor, n: int) -> Tensor:
    b, kv, rows, d = torch.size(y)
    return torch.flatten(torch.transpose(torch.view(y, [b, kv * (rows // n), n, d]), 1, 2), 2)

  # The rest of a layer behind its attention over [b, heads, places, head_dim]: its output, the stream
  # after the attention, gate and up.
  def llama_rest(self: __torch__.Kernels, x: Tensor, q: Tensor, k: Tensor, v: Tensor, mask: Tensor,
      o: Tensor, o_scale: Tensor, norm2: Tensor, gate_up: Tensor, gate_up_scale: Tensor, down: Tensor, down_scale: Tensor,
      eps: float) -> Tuple[Tensor, Tensor, Tensor]:
    p = (self).attention_weights(q, k, mask)
    y = (self).join_heads(torch.matmul(torch.to(p, ops.prim.dtype(x)), v), torch.size(x, 1))
    return (self).llama_after_attention(x, y, o, o_scale, norm2, gate_up, gate_up_scale, down, down_scale, eps)

  # The rest of a layer after its attention gave y [b, t, h].
  def llama_after_attention(self: __torch__.Kernels, x: Tensor, y: Tensor,
      o: Tensor, o_scale: Tensor, norm2: Tensor, gate_up: Tensor, gate_up_scale: Tensor, down: Tensor, down_scale: Tensor,
      eps: float) -> Tuple[Tensor, Tensor, Tensor]:
    middle = torch.add(x, (self).linear_scaled(y, o, o_scale))
    gu = (self).linear_scaled((self).rms_norm(middle, norm2, eps), gate_up, gate_up_scale)
    gate, up = torch.chunk(gu, 2, -1)
    y = (self).linear_scaled(torch.mul(torch.silu(gate), up), down, down_scale)
    return (torch.add(middle, y), middle, gu)

  # One decoder layer. Returns its output and what its backward pass needs:
  # rotated q, k and v as llama_heads gives them, the stream after the attention, gate and up.
  def llama_layer(self: __torch__.Kernels, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor,
      norm1: Tensor, qkv: Tensor, qkv_scale: Tensor, qkv_bias: Tensor, o: Tensor, o_scale: Tensor,
      norm2: Tensor, gate_up: Tensor, gate_up_scale: Tensor, down: Tensor, down_scale: Tensor,
      heads: int, eps: float) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
    qkv_heads = (self).llama_heads(x, cos, sin, norm1, qkv, qkv_scale, qkv_bias, heads, eps)
    q, k, v = (self).llama_qkv(qkv_heads)
    y, middle, gu = (self).llama_rest(x, q, k, v, mask, o, o_scale, norm2, gate_up, gate_up_scale, down, down_scale, eps)
    return (y, qkv_heads, middle, gu)

  # The gradient of llama_layer with respect to x, given that of its output. The weights are frozen, so
  # nothing else is asked for; attention probabilities are computed again instead of kept.
  def llama_layer_backward(self: __torch__.Kernels, g: Tensor, x: Tensor, qkv_heads: Tensor, middle: Tensor, gu: Tensor,
      cos: Tensor, sin: Tensor, mask: Tensor,
      norm1: Tensor, qkv: Tensor, qkv_scale: Tensor, qkv_bias: Tensor, o: Tensor, o_scale: Tensor,
      norm2: Tensor, gate_up: Tensor, gate_up_scale: Tensor, down: Tensor, down_scale: Tensor,
      heads: int, eps: float) -> Tensor:
    b, t, h = torch.size(x)
    dtype = ops.prim.dtype(x)
    gate, up = torch.chunk(gu, 2, -1)
    d = (self).linear_scaled_backward(g, down, down_scale)
    d_gu = torch.empty_like(gu)
    d_gate, d_up = torch.chunk(d_gu, 2, -1)
    if dtype == 6:
      # ATEN's own kernel has the bits of this in bfloat16 alone; a run in float32 keeps those it began with.
      s = torch.sigmoid(gate)
      silu = torch.mul(gate, s)
      d_up = torch.mul(d, silu, out=d_up)
      slope = torch.mul(s, torch.add(torch.sub(gate, silu), 1.))
      d_gate = torch.mul(torch.mul(d, up), slope, out=d_gate)
    else:
      d_up = torch.mul(d, torch.silu(gate), out=d_up)
      d_gate = torch.silu_backward(torch.mul(d, up), gate, grad_input=d_gate)
    d = (self).linear_scaled_backward(d_gu, gate_up, gate_up_scale)
    g = (self).rms_norm_backward(d, middle, norm2, eps, g)
    q, k, v = (self).llama_qkv(qkv_heads)
    batch, kv, rows, size = torch.size(q)
    d = (self).split_heads((self).linear_scaled_backward(g, o, o_scale), heads)
    d = torch.reshape(d, [batch, kv, rows, size])
    p = (self).attention_weights(q, k, mask)
    d_v = torch.matmul(torch.transpose(torch.to(p, dtype), 2, 3), d)
    d_p = torch.to(torch.matmul(d, torch.transpose(v, 2, 3)), 6)
    scale = torch.pow(float(size), -0.5)
    d_scores = torch.to(torch.mul(torch._softmax_backward_data(d_p, p, -1, 6), scale), dtype)
    d_q = torch.view(torch.matmul(d_scores, k), [b, heads, t, size])
    d_k = torch.matmul(torch.transpose(d_scores, 2, 3), q)
    d_qk = (self).rotate(torch.cat([d_q, d_k], 1), cos, torch.neg(sin))
    d = torch.transpose(torch.cat([d_qk, d_v], 1), 1, 2)
    d = torch.reshape(d, [b, t, (heads + 2 * kv) * size])
    d = (self).linear_scaled_backward(d, qkv, qkv_scale)
    return (self).rms_norm_backward(d, x, norm1, eps, g)

  # The rows of x [b, t, h] named by flat indices -> float32 logits [rows, vocabulary].
  def llama_logits(self: __torch__.Kernels, x: Tensor, rows: Tensor, norm: Tensor, head: Tensor, eps: float) -> Tensor:
    picked = torch.index_select(torch.flatten(x, 0, 1), 0, rows)
    return torch.to((self).linear((self).rms_norm(picked, norm, eps), head), 6)

  # Cross entropy summed over rows, and `scale` times its gradient with respect to x (zero elsewhere).
  def llama_loss(self: __torch__.Kernels, x: Tensor, rows: Tensor, labels: Tensor, norm: Tensor, head: Tensor, eps: float, scale: float) -> Tuple[Tensor, Tensor]:
    flat = torch.flatten(x, 0, 1)
    picked = torch.index_select(flat, 0, rows)
    logits = torch.to((self).linear((self).rms_norm(picked, norm, eps), head), 6)
    column = torch.unsqueeze(labels, 1)
    log_p = torch.log_softmax(logits, -1)
    loss = torch.neg(torch.sum(torch.gather(log_p, 1, column)))
    d = torch.exp_(log_p)
    d = torch.scatter_add_(d, 1, column, torch.neg(torch.ones_like(column, dtype=6)))
    d = torch.to(torch.mul_(d, scale), ops.prim.dtype(x))
    d = (self).linear_transposed(d, head)
    d = (self).rms_norm_backward(d, picked, norm, eps, torch.zeros_like(picked))
    g = torch.index_copy_(torch.zeros_like(flat), 0, rows, d)
    return (loss, torch.view_as(g, x))

  # ---- LLaMA with a cache of keys and values --------------------------------------------------------

  # Token ids [b, n] -> [b, n, h].
  def llama_embed(self: __torch__.Kernels, ids: Tensor, table: Tensor) -> Tensor:
    return torch.to(torch.embedding(table, ids), (self).compute_dtype(table))

  # Room for a layer's keys and values, in the dtype that a decoder with this table works in.
  def llama_cache(self: __torch__.Kernels, table: Tensor, shape: List[int]) -> Tensor:
    return torch.zeros(shape, dtype=(self).compute_dtype(table), device=ops.prim.device(table))

  # The last n of `total` places, given flags `attended` [rows, total or more] (1 or 0) of which the first b
  # rows count, and rotary tables [positions, head_dim]: cos and sin [b, 1, n, head_dim] and the additive
  # mask [b, 1, n, total]. A place's position is the number of flagged places before it; padding gets 1.
  def llama_places(self: __torch__.Kernels, attended: Tensor, b: int, total: int, n: int, cos: Tensor, sin: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    flags = torch.narrow(torch.narrow(attended, 0, 0, b), 1, 0, total)
    hidden = torch.eq(flags, 0)
    positions = torch.masked_fill(torch.sub(torch.cumsum(flags, 1), 1), hidden, 1)
    last = torch.flatten(torch.slice(positions, 1, total - n))
    c = torch.view(torch.index_select(cos, 0, last), [b, 1, n, torch.size(cos, 1)])
    s = torch.view(torch.index_select(sin, 0, last), [b, 1, n, torch.size(sin, 1)])
    lowest = -3.4028234663852886e+38
    mask = torch.triu(torch.full([n, total], lowest, dtype=6, device=ops.prim.device(cos)), total - n + 1)
    mask = torch.expand(torch.view(mask, [1, 1, n, total]), [b, 1, n, total])
    mask = torch.masked_fill(mask, torch.unsqueeze(torch.unsqueeze(hidden, 1), 1), lowest)
    return (c, s, mask)

  # One decoder layer over the places behind the first `start`, whose keys and values are in `cache`
  # [2, rows, kv_heads, capacity, head_dim] and are joined by those of x [b, t, h]. b is the number of rows, or
  # 1 for a prefix that all rows share.
  def llama_layer_cached(self: __torch__.Kernels, x: Tensor, cache: Tensor, start: int, cos: Tensor, sin: Tensor, mask: Tensor,
      norm1: Tensor, qkv: Tensor, qkv_scale: Tensor, qkv_bias: Tensor, o: Tensor, o_scale: Tensor,
      norm2: Tensor, gate_up: Tensor, gate_up_scale: Tensor, down: Tensor, down_scale: Tensor,
      heads: int, eps: float) -> Tensor:
    t = torch.size(x, 1)
    qkv_heads = (self).llama_heads(x, cos, sin, norm1, qkv, qkv_scale, qkv_bias, heads, eps)
    q, own_k, own_v = (self).llama_qkv(qkv_heads)
    written = torch.copy_(torch.narrow(cache, 3, start, t), torch.slice(qkv_heads, 0, torch.size(qkv_heads, 0) - 2))
    k, v = torch.unbind(torch.narrow(torch.narrow(cache, 1, 0, torch.size(x, 0)), 3, 0, start + t))
    y, middle, gu = (self).llama_rest(x, q, k, v, mask, o, o_scale, norm2, gate_up, gate_up_scale, down, down_scale, eps)
    return y

  # One decoder layer over one token each of several sequences: row i of x [b, 1, h] stands at place
  # starts[i] of its own caches[i] [2, 1, kv_heads, capacity, head_dim], and attends to that cache alone, in
  # products whose sizes depend on nothing else. Rows without a cache fill x up to a fixed number of rows.
  # cos and sin are [b, 1, 1, head_dim].
  def llama_layer_rows(self: __torch__.Kernels, x: Tensor, caches: List[Tensor], starts: List[int], cos: Tensor, sin: Tensor,
      norm1: Tensor, qkv: Tensor, qkv_scale: Tensor, qkv_bias: Tensor, o: Tensor, o_scale: Tensor,
      norm2: Tensor, gate_up: Tensor, gate_up_scale: Tensor, down: Tensor, down_scale: Tensor,
      heads: int, eps: float) -> Tensor:
    qkv_heads = (self).llama_heads(x, cos, sin, norm1, qkv, qkv_scale, qkv_bias, heads, eps)
    q, own_k, own_v = (self).llama_qkv(qkv_heads)
    own = torch.slice(qkv_heads, 0, torch.size(qkv_heads, 0) - 2)
    attended = annotate(List[Tensor], [])
    for i in range(torch.len(caches)):
      written = torch.copy_(torch.narrow(caches[i], 3, starts[i], 1), torch.narrow(own, 1, i, 1))
      k, v = torch.unbind(torch.narrow(caches[i], 3, 0, torch.add(starts[i], 1)))
      scores = torch.to(torch.matmul(torch.narrow(q, 0, i, 1), torch.transpose(k, 2, 3)), 6)
      p = torch.softmax(torch.mul(scores, torch.pow(float(torch.size(k, 3)), -0.5)), -1)
      kept = torch.append(attended, (self).join_heads(torch.matmul(torch.to(p, ops.prim.dtype(x)), v), 1))
    y = torch.cat(attended, 0)
    y = torch.constant_pad_nd(y, [0, 0, 0, 0, 0, torch.size(x, 0) - torch.size(y, 0)], 0)
    y, middle, gu = (self).llama_after_attention(x, y, o, o_scale, norm2, gate_up, gate_up_scale, down, down_scale, eps)
    return y

  # Rows of a table [positions, head_dim] as [b, 1, 1, head_dim].
  def rotary_rows(self: __torch__.Kernels, table: Tensor, positions: Tensor) -> Tensor:
    return torch.unsqueeze(torch.unsqueeze(torch.index_select(table, 0, positions), 1), 1)

  # The first `places` of a layer's cache become those of another's, in place.
  def cache_copy(self: __torch__.Kernels, cache: Tensor, other: Tensor, places: int) -> Tensor:
    return torch.copy_(torch.narrow(cache, 3, 0, places), torch.narrow(other, 3, 0, places))

  # Room for `more` places after those of a layer's cache, which stay as they are.
  def cache_grow(self: __torch__.Kernels, cache: Tensor, more: int) -> Tensor:
    return torch.constant_pad_nd(cache, [0, 0, 0, more], 0)

  # Row i of the places from `start` to `end` becomes what row rows[i] was, in place.
  def cache_reorder(self: __torch__.Kernels, cache: Tensor, rows: Tensor, start: int, end: int) -> Tensor:
    part = torch.narrow(cache, 3, start, end - start)
    return torch.copy_(part, torch.index_select(part, 1, rows))
