"""The ONNX graph as TensorRT takes it, edited without the onnx package."""
