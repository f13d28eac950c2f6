"""A new version of plantd's package on trial, as the service sees it: root watches and decides."""
