package eval

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/amgen/amgen/internal/npy"
)

// NFE is the most evaluations that one of the images took, of those that tell, and whether all do. A file of features
// that cannot be read is an error.
func (s *Store) NFE() (most int, all bool, err error) {
	all = true
	for c := range s.chunks() {
		nfe, err := s.readNFE(c)
		switch {
		case errors.Is(err, errMissing):
			all = false
		case err != nil:
			return 0, false, err
		}
		for _, n := range nfe {
			most = max(most, int(n))
		}
	}
	return most, all, nil
}

// readNFE returns the evaluations of the images in chunk c, without a look at their features.
func (s *Store) readNFE(c int) (nfe []float32, err error) {
	for _, dir := range append([]string{s.Dir}, s.Others...) {
		if nfe, err = s.readNFEFrom(dir, c); !errors.Is(err, errMissing) {
			break
		}
	}
	return nfe, err
}

func (s *Store) readNFEFrom(dir string, c int) ([]float32, error) {
	if err := s.plausible(dir, c); err != nil {
		return nil, err
	}
	f, err := os.Open(filepath.Join(dir, s.file(c)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errMissing
	} else if err != nil {
		return nil, fmt.Errorf("eval: features: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("eval: features: %w", err)
	}
	archive, err := npy.OpenArchive(f, info.Size())
	if err != nil {
		return nil, errMissing
	}
	return s.array(archive, c, nfeArray, 1)
}
