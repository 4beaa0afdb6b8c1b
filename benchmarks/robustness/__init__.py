"""What the suite does with files, machines and texts that mean it harm: mutated inputs, killed workers, failing disks."""
