"""Every error that is meant for a person: what went wrong, the value, what is allowed, what to do."""


class MgieError(Exception):
    """Base of all errors of this project.

    `reason` is the stable UPPER_SNAKE name that scripts, the wire and the panel match on.
    """

    reason = "MGIE_ERROR"


class BadImage(MgieError):
    """A picture that cannot be read or edited."""

    reason = "IMAGE_INVALID"


class ImageTooLarge(BadImage):
    """A picture with more pixels than the limit in force."""

    reason = "IMAGE_TOO_LARGE"


class BadMask(MgieError):
    """A selection that does not fit the picture or has the wrong type."""

    reason = "MASK_INVALID"


class EmptyMask(BadMask):
    """A selection that covers nothing."""

    reason = "MASK_EMPTY"


class BadInstruction(MgieError):
    """An instruction the model cannot take."""

    reason = "INSTRUCTION_INVALID"


class EmptyInstruction(BadInstruction):
    """No instruction at all."""

    reason = "INSTRUCTION_EMPTY"


class BadOption(MgieError):
    """A setting out of its range."""

    reason = "OPTION_INVALID"


class BadParts(BadOption):
    """A single file's other parts are in no model, or not in the one that was named for them."""

    reason = "MODEL_PARTS_LACKING"


class ModelNotInstalled(MgieError):
    """A model that is asked for but not on this machine."""

    reason = "MODEL_NOT_INSTALLED"


class BadCheckpoint(MgieError):
    """A model file that is damaged, unsafe, or not what it says it is."""

    reason = "MODEL_INVALID"


class DigestMismatch(BadCheckpoint):
    """A model file whose bytes differ from its manifest."""

    reason = "MODEL_DIGEST_MISMATCH"


class BadTokenizer(BadCheckpoint):
    """A tokenizer whose ids are not the ones the weights were trained with."""

    reason = "TOKENIZER_INVALID"


class DeviceOutOfMemory(MgieError):
    """The accelerator, or the machine, has too little free memory."""

    reason = "GPU_OUT_OF_MEMORY"


class BadData(MgieError):
    """Training or evaluation data that cannot be used as a whole."""

    reason = "DATA_INVALID"


class DownloadFailed(MgieError):
    """No mirror delivered a file whole."""

    reason = "DOWNLOAD_FAILED"


class DiskFull(MgieError):
    """Too little free disk space for what is about to be written."""

    reason = "DISK_FULL"


class SavedElsewhere(MgieError):
    """A result that could not be put where it belongs; the message names where it is."""

    reason = "SAVED_ELSEWHERE"


class NotSaved(MgieError):
    """A result that could be put nowhere."""

    reason = "NOT_SAVED"


class LicenseNotAccepted(MgieError):
    """A model whose licence has not been accepted yet."""

    reason = "LICENSE_NOT_ACCEPTED"
