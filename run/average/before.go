package average

import "github.com/amgen/amgen/weights"

// Before lists the averages in the checkpoints of a folder before a step, and the hashes of these. Damaged ones, and
// those that check refuses, are passed over and told to skipped.
func Before(folder string, step int64, check func(*weights.Checkpoint) error, skipped func(error)) (kept []Kept,
	hashes []string, err error) {
	entries, err := weights.List(folder)
	if err != nil {
		return nil, nil, err
	}
	for _, entry := range entries {
		if entry.Step >= step {
			continue
		}
		c, err := weights.Load(entry.Path)
		if err == nil {
			err = check(c)
		}
		if err != nil {
			if !entry.Gone() {
				skipped(err)
			}
			continue
		}
		more, err := In(c)
		if err != nil {
			return nil, nil, err
		}
		if len(more) > 0 {
			kept, hashes = append(kept, more...), append(hashes, c.Hash)
		}
	}
	return kept, hashes, nil
}
