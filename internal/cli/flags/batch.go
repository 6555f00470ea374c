package flags

import "github.com/amgen/amgen/imaging"

// CheckBatch is a usage error for a --batch outside the range that training takes.
func CheckBatch(batch int) error {
	if batch < 1 || batch > imaging.MaxBatch {
		return Usagef("--batch must be at least 1 and at most %d, got %d", imaging.MaxBatch, batch)
	}
	return nil
}
