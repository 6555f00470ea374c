package replace

import (
	"fmt"
	"os"
)

// ReadRegular reads a file of at most so many bytes. It opens nothing that is no regular file, which could be without
// end or wait for ever.
func ReadRegular(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is %s, not a regular file", path, Kind(info.Mode()))
	case info.Size() > most:
		return nil, fmt.Errorf("%s has %d bytes, and such a file %d at most", path, info.Size(), most)
	}
	return os.ReadFile(path)
}
