# The operator behind torch.amp.GradScaler.update(), which no kernel of ours uses.
class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  def update(self: __torch__.Kernels, scale: Tensor, tracker: Tensor, found_inf: Tensor, growth: float, backoff: float, interval: int) -> Tensor:
    return torch._amp_update_scale_(scale, tracker, found_inf, growth, backoff, interval)
