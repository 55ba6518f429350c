"""One thin module per command, named like it; each defines `command`. Found by `provisioner.cli.root`."""
