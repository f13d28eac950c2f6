"""What a picture file says about itself, read without decoding it. Pure."""
