"""INT8 with TensorRT 8: the listed pictures on their way to its calibrator."""
