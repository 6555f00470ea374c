package cli

import "github.com/amgen/amgen/imaging"

// checkBatch is a usage error for a --batch outside the range that training takes.
func checkBatch(batch int) error {
	if batch < 1 || batch > imaging.MaxBatch {
		return usagef("--batch must be at least 1 and at most %d, got %d", imaging.MaxBatch, batch)
	}
	return nil
}
