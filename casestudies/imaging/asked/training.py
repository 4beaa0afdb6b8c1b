"""The settings of the network and of how it is trained."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from casestudies.workflow.settings import Section, basic


class Model(Section):
    """The network, or what takes its place."""

    channels: Literal[1, 3] = basic(
        1, description="Channels of an image; 1: grey films; 3: colour images, such as dermoscopy."
    )
    networks: int = basic(3, ge=1, le=20, description="Networks from different seeds, whose answers are averaged.")
    epochs: int = basic(16, ge=1, le=1000, description="Passes over the training images.")
    batch: int = Field(
        32, ge=2, le=4096, description="Images a step; of some thousands of images, 64 or 128 are quicker and as good."
    )
    rate: float = Field(6e-3, gt=0, le=1, description="Greatest learning rate; sgd wants some ten times that of adam.")
    schedule: Literal["one-cycle", "cosine", "constant"] = Field("one-cycle", description="How the rate goes.")
    optimizer: Literal["adamw", "adam", "sgd", "adam-sgd"] = Field(
        "adamw", description="adam-sgd: Adam first, then SGD with momentum."
    )
    decay: float = Field(
        1e-2,
        ge=0,
        le=10,
        description="Weight decay: adamw takes it off the weights, the others add it to the gradient.",
    )
    dropout: float = Field(0.2, ge=0, lt=1, description="Share of features dropped before the last layer.")
    widths: list[Annotated[int, Field(ge=1, le=1024)]] = Field(
        [16, 32, 64, 96], min_length=1, max_length=8, description="Channels of each block."
    )
    stem_stride: Literal[1, 2] | None = Field(None, description="Stride of the first layer; null: 1 under 48 pixels.")
    smoothing: float = Field(0.0, ge=0, lt=0.5, description="Label smoothing.")
    focal: float = Field(0.0, ge=0, le=5, description="Exponent of the focal loss; 0: log loss.")
    patience: int | None = Field(None, ge=1, description="Epochs without a better validation log loss before it stops.")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="auto: bfloat16 where the processor has it and it pays."
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="auto: a GPU where there is one.")
    incumbent: str | None = Field(
        None, description="Column with a reader's or another model's score, to be compared with."
    )
