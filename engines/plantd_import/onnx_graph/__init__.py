"""ONNX graphs: converted, rewritten, merged, compared."""
