package train

import (
	"fmt"
	"io"
	"os"
	"sync"
)

// MostFollowed is the size in bytes of the longest log that a [Follower] reads: more than a million lines.
const MostFollowed = 256 << 20

// Follower reads stats.jsonl again and again while a run trains, and each line only once. Several goroutines may use
// it at once.
type Follower struct {
	path string

	mu     sync.Mutex
	file   os.FileInfo // as it was read last; nil for none
	end    int64       // of the whole lines that were read
	read   []Stat      // in these
	rising []Stat      // of these, and of a last line without an end
}

// NewFollower follows the log at path, which may appear later.
func NewFollower(path string) *Follower { return &Follower{path: path} }

// Lines are the lines of the log, as [ReadStats] gives them. The caller mustn't change them.
func (f *Follower) Lines() ([]Stat, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	file, err := openToRead(f.path)
	if file == nil {
		f.file, f.end, f.read, f.rising = nil, 0, nil, nil
		return nil, err
	}
	defer file.Close()
	now, err := file.Stat()
	switch {
	case err != nil:
		return nil, fmt.Errorf("read stats: %w", err)
	case now.Size() > MostFollowed:
		return nil, fmt.Errorf("read stats: %s has %d bytes; a log of at most %d can be followed", f.path, now.Size(),
			int64(MostFollowed))
	case f.file != nil && os.SameFile(f.file, now) && f.file.Size() == now.Size() &&
		f.file.ModTime().Equal(now.ModTime()):
		return f.rising, nil
	case f.file == nil || !os.SameFile(f.file, now) || now.Size() <= f.file.Size() || !endsLine(file, f.end):
		f.end, f.read = 0, nil // another log, or the same one written anew
	}
	fresh, last, _, size, err := readLines(io.NewSectionReader(file, f.end, now.Size()-f.end))
	if err != nil {
		return nil, err
	}
	f.file, f.end, f.read = now, f.end+size, append(f.read, fresh...)
	all := f.read[:len(f.read):len(f.read)]
	if last != nil {
		all = append(all, *last)
	}
	f.rising = risingSteps(all)
	return f.rising, nil
}

// endsLine tells whether a line ends before the byte at end.
func endsLine(file io.ReaderAt, end int64) bool {
	var last [1]byte
	if end == 0 {
		return true
	}
	_, err := file.ReadAt(last[:], end-1)
	return err == nil && last[0] == '\n'
}
