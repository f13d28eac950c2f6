"""Material that tests share: a tiny model, drawn pictures, peers to talk to."""
