"""Made the files beside it with PyTorch 2.13 and safetensors 0.8: python make.py"""

import zipfile
from collections import OrderedDict

import torch
from safetensors.torch import save_file

torch.manual_seed(1)
base = torch.randn(4, 5)
tensors = OrderedDict(
    f64=torch.randn(3, dtype=torch.float64),
    f32=base,
    f16=torch.randn(2, 3).half(),
    bf16=torch.randn(2, 3).bfloat16(),
    i64=torch.tensor([-(2**62), 7]),
    i32=torch.arange(6, dtype=torch.int32).reshape(1, 2, 3),
    i16=torch.tensor([-3, 4], dtype=torch.int16),
    i8=torch.tensor([-128, 127], dtype=torch.int8),
    u8=torch.tensor([0, 255], dtype=torch.uint8),
    bool=torch.tensor([True, False, True]),
    scalar=torch.tensor(2.5),
    empty=torch.empty(0, 7),
    parameter=torch.nn.Parameter(torch.randn(2, 2)),
    buffer_parameter=torch.nn.Parameter(torch.arange(3), requires_grad=False),
    same_storage=base,
    row=base[2],
    column=base[:, 1],
    transposed=base.t(),
    steps=base[::2, 1::3],
    expanded=torch.tensor([[1.0], [2.0]]).expand(2, 3),
    permuted=torch.arange(24, dtype=torch.int16).reshape(2, 3, 4).permute(2, 0, 1),
)
tree = OrderedDict(
    model=tensors,
    nothing=None,
    flags=[True, False],
    numbers=(0, -1, 255, 65535, 65536, -(2**31), 2**63 - 1, 2**70, -(2**70), 1e-8, float("inf")),
    text="Zeichen \u00e9 \U0001f600",
    long_text="x" * 300,
    size=torch.Size([2, 3]),
    dtype=torch.bfloat16,
    device=torch.device("cuda:1"),
    chosen={1, "a"},
    nested={"list": [[], {}, ()], 3: {"x": 1.5}},
    one=(1,),
)
tree["again"] = tree["flags"]
torch.save(tree, "tree_protocol2.pth")
torch.save(tree, "tree_protocol4.pth", pickle_protocol=4)
torch.save(tensors, "legacy.pth", _use_new_zipfile_serialization=False)
save_file(
    {k: v.detach().clone().contiguous() for k, v in tensors.items()}, "tensors.safetensors"
)
with zipfile.ZipFile("tree_protocol2.pth") as stored:
    with zipfile.ZipFile("deflated.pth", "w", zipfile.ZIP_DEFLATED) as deflated:
        for name in stored.namelist():
            deflated.writestr(name, stored.read(name))
