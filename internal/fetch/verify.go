package fetch

import (
	"fmt"
	"os"
	"path/filepath"
)

// Verdict is what a canonical file in the cache was found to be.
type Verdict struct {
	File
	// Fault says in a few words what is wrong; empty for a file of the right size and hash.
	Fault string
	// Absent tells that there is no such file, which is no damage.
	Absent bool
}

// Verify reads every canonical file of the set in the cache and compares size and hash. It fetches and changes nothing.
func (s *Set) Verify(opts Options) []Verdict {
	dir := s.Dir(opts)
	var out []Verdict
	for _, f := range s.Files {
		v := Verdict{File: f}
		path := filepath.Join(dir, f.Name)
		st, err := os.Stat(path)
		switch {
		case os.IsNotExist(err):
			v.Absent, v.Fault = true, "absent"
		case err != nil:
			v.Fault = oneLine(err)
		case !st.Mode().IsRegular():
			v.Fault = "no regular file"
		case st.Size() != f.Size:
			v.Fault = fmt.Sprintf("%d bytes, want %d", st.Size(), f.Size)
		default:
			if sum, err := HashFile(path); err != nil {
				v.Fault = oneLine(err)
			} else if sum != f.SHA256 {
				v.Fault = fmt.Sprintf("sha256 %s, want %s", sum, f.SHA256)
			}
		}
		out = append(out, v)
	}
	return out
}
