"""Convolutions that keep their weights in the order the processor reads them.

PyTorch rearranges a convolution's weights into oneDNN's blocked layout in every call. Deep in a UNet, where
weights are large and pictures small, that costs more than the convolution itself: three quarters of the time
of 1280 channels at 4x4. A `PackedConv2d` does it once. The same kernel runs afterwards, on the same numbers.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

_POINTWISE = "_convolution_pointwise"


class PackedConv2d(nn.Conv2d):
    """A convolution for inference on a CPU; anywhere else, and for gradients, an ordinary one.

    Parameters and state dict are those of the convolution it was made from, whose tensors it shares.
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__(
            conv.in_channels,
            conv.out_channels,
            (conv.kernel_size[0], conv.kernel_size[1]),
            stride=(conv.stride[0], conv.stride[1]),
            padding=conv.padding if isinstance(conv.padding, str) else (conv.padding[0], conv.padding[1]),
            dilation=(conv.dilation[0], conv.dilation[1]),
            groups=conv.groups,
            bias=conv.bias is not None,
            padding_mode=conv.padding_mode,
            device="meta",
        )
        self.weight, self.bias = conv.weight, conv.bias
        self.train(conv.training)
        self._packed: Tensor | None = None
        self._packed_from: tuple[int, int] = (0, 0)  # address and version of the weight

    def forward(self, input: Tensor) -> Tensor:
        """(B, in_channels, H, W) to (B, out_channels, H', W'), channels last in memory."""
        if torch.is_grad_enabled() or input.dtype != torch.float32 or input.device.type != "cpu":
            self._packed = None
            return super().forward(input)
        source = (self.weight.data_ptr(), self.weight._version)
        if self._packed is None or self._packed_from != source:
            self._packed, self._packed_from = self._pack(), source
        layout = (self.padding, self.stride, self.dilation, self.groups)
        return torch.ops.mkldnn._convolution_pointwise(
            input.contiguous(memory_format=torch.channels_last),
            self._packed,
            self.bias,
            *layout,
            "none",
            [],
            "",
        )

    def _pack(self) -> Tensor:
        return torch.ops.aten.mkldnn_reorder_conv2d_weight(
            self.weight.detach().to_mkldnn(), self.padding, self.stride, self.dilation, self.groups
        )

    def __getstate__(self) -> dict[str, object]:
        """Without the packed weight, which cannot be copied; the copy packs anew."""
        return {**self.__dict__, "_packed": None}


def pack_convolutions(network: nn.Module) -> None:
    """Replace all convolutions that can be packed; does nothing where PyTorch lacks the kernels."""
    if not torch.backends.mkldnn.is_available() or not hasattr(torch.ops.mkldnn, _POINTWISE):
        return
    for name, module in list(network.named_modules()):
        if (
            type(module) is nn.Conv2d
            and module.padding_mode == "zeros"
            and not isinstance(module.padding, str)
        ):
            network.set_submodule(name, PackedConv2d(module))
