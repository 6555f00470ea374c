package train

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/amgen/amgen/internal/replace"
)

// Stat is one line of stats.jsonl, about the step it names.
type Stat struct {
	Step         int     `json:"step"`
	Loss         float64 `json:"loss"`
	GradNorm     float64 `json:"grad_norm"` // before clipping
	LR           float64 `json:"lr"`
	ImagesPerSec float64 `json:"images_per_s,omitempty"` // of a run on images
	PointsPerSec float64 `json:"points_per_s,omitempty"` // of a run on points
	Seconds      float64 `json:"seconds"`                // of training since step 0, earlier sessions included
	ETA          float64 `json:"eta_s"`

	// HeldOutLoss and FID are of the averages after the step, where it was evaluated, see [run.Config].EvalEvery.
	HeldOutLoss *float64 `json:"held_out_loss,omitempty"`
	FID         *float64 `json:"fid,omitempty"`
}

// Rate is that of the examples, whatever they are.
func (s Stat) Rate() float64 { return s.ImagesPerSec + s.PointsPerSec }

// statsLog appends to stats.jsonl. After a resume it holds each step once: lines past the checkpoint are cut. Lines
// that can't be written, as on a full disk, are written with the next that can.
type statsLog struct {
	path  string
	lines []Stat

	mu      sync.Mutex // of what follows: a checkpoint is written while training goes on
	file    *os.File
	size    int64 // of the file, with whole lines
	pending []byte
	missed  time.Time // when the file was first found to be removed
}

// openStats opens the log of a run that has done `step` steps. Lines of later steps and a torn last line go. Damaged
// lines go too; then the file as it was is kept under the name that is returned.
func openStats(path string, step int) (s *statsLog, kept string, err error) {
	old, damaged, err := ReadStats(path)
	if err != nil {
		return nil, "", err
	}
	if damaged > 0 {
		if kept, err = setAside(path); err != nil {
			return nil, "", err
		}
	}
	s = &statsLog{path: path}
	for _, line := range old {
		if line.Step <= step {
			s.lines = append(s.lines, line)
		}
	}
	return s, kept, s.rewrite()
}

// setAside keeps a file under another name, which it returns.
func setAside(path string) (string, error) {
	for k := 1; ; k++ {
		name := filepath.Join(filepath.Dir(path), fmt.Sprintf("damaged-%d-%s", k, filepath.Base(path)))
		err := os.Link(path, name)
		// a file system without hard links
		if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrPermission) {
			if _, there := os.Lstat(name); errors.Is(there, fs.ErrNotExist) {
				err = os.Rename(path, name)
			}
		}
		if !errors.Is(err, fs.ErrExist) {
			return name, err
		}
	}
}

// rewrite makes the file anew, of all lines.
func (s *statsLog) rewrite() error {
	var text bytes.Buffer
	for _, line := range s.lines {
		if err := json.NewEncoder(&text).Encode(line); err != nil {
			return fmt.Errorf("rewrite %s: %w", s.path, err)
		}
	}
	if err := replaceOwn(s.path, text.Bytes()); err != nil {
		return err
	}
	file, err := os.OpenFile(s.path, os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("open stats: %w", err)
	}
	if s.file != nil {
		s.file.Close()
	}
	s.file, s.size, s.pending, s.missed = file, int64(text.Len()), nil, time.Time{}
	return nil
}

// maxStatsLine bounds a line of the log, some ten times what a line takes.
const maxStatsLine = 1 << 12

// openToRead opens stats.jsonl; no file is nil.
func openToRead(path string) (*os.File, error) {
	if err := replace.Regular(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("read stats: %s: %w; move it away", path, err)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read stats: %w; it has to be a file that can be read, or to be moved away", err)
	}
	return file, nil
}

// ReadStats reads stats.jsonl; no file is no lines. It passes over lines that aren't whole, and as few as have to go
// for the steps of the others to rise. damaged counts them, but for a last line without an end, which a killed run
// leaves.
func ReadStats(path string) (lines []Stat, damaged int, err error) {
	file, err := openToRead(path)
	if file == nil {
		return nil, 0, err
	}
	defer file.Close()
	read, last, damaged, _, err := readLines(file)
	if err != nil {
		return nil, 0, err
	}
	if last != nil {
		read = append(read, *last)
	}
	rising := risingSteps(read)
	return rising, damaged + len(read) - len(rising), nil
}

// readLines reads lines to the end. last is one that is whole but for its end, nil for none; size is the number of
// bytes before it. damaged counts lines that are no such object.
func readLines(from io.Reader) (lines []Stat, last *Stat, damaged int, size int64, err error) {
	for reader := bufio.NewReaderSize(from, maxStatsLine); ; {
		text, err := reader.ReadSlice('\n')
		taken := int64(len(text))
		text = bytes.TrimPrefix(text, []byte("\ufeff")) // an editor's mark
		var line Stat
		switch {
		case err == nil && json.Unmarshal(text, &line) == nil && line.Step > 0:
			lines = append(lines, line)
		case err == nil:
			damaged++
		case errors.Is(err, bufio.ErrBufferFull):
			damaged++
			for errors.Is(err, bufio.ErrBufferFull) {
				text, err = reader.ReadSlice('\n')
				taken += int64(len(text))
			}
		case errors.Is(err, io.EOF):
			if json.Unmarshal(text, &line) == nil && line.Step > 0 {
				last = &line
			}
			return lines, last, damaged, size, nil
		default:
			return nil, nil, 0, 0, fmt.Errorf("read stats: %w; check the disk", err)
		}
		size += taken
	}
}

// LastStats reads at most n lines from the end of stats.jsonl, however long it is, as [ReadStats] does.
func LastStats(path string, n int) ([]Stat, error) {
	file, err := openToRead(path)
	if file == nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("read stats: %w", err)
	}
	tail := min(info.Size(), int64(n+1)*maxStatsLine)
	text := make([]byte, tail)
	if _, err := file.ReadAt(text, info.Size()-tail); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read stats: %w; check the disk", err)
	}
	if lines, ok := orderedTail(text, n); ok {
		return lines, nil
	}
	lines := risingSteps(parsed(text))
	return lines[max(0, len(lines)-n):], nil
}

// parsed are the whole lines of a text.
func parsed(text []byte) (lines []Stat) {
	for line := range bytes.Lines(text) {
		var s Stat
		if json.Unmarshal(line, &s) == nil && s.Step > 0 { // the first may be cut
			lines = append(lines, s)
		}
	}
	return lines
}

// orderedTail is the last n lines of a text where all begin as amgen writes them and their steps rise, as they do in
// nearly every log: the others needn't be parsed. The first line may be cut.
func orderedTail(text []byte, n int) (lines []Stat, ok bool) {
	const begin = `{"step":`
	last, ends := 0, []int{}
	for at, line := 0, []byte(nil); at < len(text); at += len(line) {
		line = text[at:]
		if end := bytes.IndexByte(line, '\n'); end >= 0 {
			line = line[:end+1]
		}
		digits, _, comma := bytes.Cut(line[min(len(line), len(begin)):], []byte(","))
		step, err := strconv.Atoi(string(digits))
		switch {
		case bytes.HasPrefix(line, []byte(begin)) && comma && err == nil && step > last:
			last, ends = step, append(ends, at)
		case at > 0:
			return nil, false
		}
	}
	if len(ends) == 0 {
		return nil, false
	}
	ends = ends[max(0, len(ends)-n):]
	lines = parsed(text[ends[0]:])
	return lines, len(lines) == len(ends)
}

// risingSteps are the most lines whose steps rise: a longest increasing subsequence, by patience sorting.
func risingSteps(lines []Stat) []Stat {
	if slices.IsSortedFunc(lines, func(a, b Stat) int { return cmp.Or(cmp.Compare(a.Step, b.Step), -1) }) {
		return lines
	}
	before := make([]int, len(lines)) // of each line the one that it follows, or -1
	var ends []int                    // of the shortest end of a sequence of each length
	for i, line := range lines {
		at, _ := slices.BinarySearchFunc(ends, line.Step, func(end, step int) int {
			return cmp.Compare(lines[end].Step,
				step)
		})
		before[i] = -1
		if at > 0 {
			before[i] = ends[at-1]
		}
		if at == len(ends) {
			ends = append(ends, i)
		}
		ends[at] = i
	}
	rising := make([]Stat, len(ends))
	for k, i := len(ends)-1, ends[len(ends)-1]; k >= 0; k, i = k-1, before[i] {
		rising[k] = lines[i]
	}
	return rising
}

// position is how far a log has come, for a checkpoint to say.
type position struct {
	Lines int `json:"lines"`
	Step  int `json:"step"` // of the last line
}

func (s *statsLog) position() position {
	if len(s.lines) == 0 {
		return position{}
	}
	return position{Lines: len(s.lines), Step: s.lines[len(s.lines)-1].Step}
}

// meanLoss is the mean over the lines after a step, nil where there are none. One batch's loss says little, and by
// the estimator boundary so does a mean; by pathwise it tells a network that is getting worse.
func (s *statsLog) meanLoss(after int) *float64 {
	sum, n := 0.0, 0
	for i := len(s.lines) - 1; i >= 0 && s.lines[i].Step > after; i-- {
		sum, n = sum+s.lines[i].Loss, n+1
	}
	if n == 0 {
		return nil
	}
	mean := sum / float64(n)
	return &mean
}

// sync brings the lines to the disk, which a checkpoint should not be ahead of: they cannot be computed again.
func (s *statsLog) sync() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.flush(false); err != nil {
		return err
	}
	if err := s.file.Sync(); err != nil {
		return fmt.Errorf("write stats: %w", err)
	}
	return nil
}

// append adds a line. With an error it is kept, to be written with the next.
func (s *statsLog) append(line Stat) error {
	text, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("encode stats: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, line)
	s.pending = append(append(s.pending, text...), '\n')
	return s.flush(false)
}

// amend changes the last line, which is written already. The file is replaced whole.
func (s *statsLog) amend(change func(last *Stat)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = slices.Clone(s.lines) // somebody may read the old ones
	change(&s.lines[len(s.lines)-1])
	if err := s.flush(false); err != nil || !s.missed.IsZero() { // removed: what makes it anew has all lines
		return err
	}
	return s.rewrite()
}

// comesBack is how long a log that was removed stays so: who removes the whole run isn't to find it there again.
const comesBack = time.Second

// flush writes what is pending. A file that was removed is made anew after a while, or at once if it is the last
// chance.
func (s *statsLog) flush(last bool) error {
	now, err := os.Lstat(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		if s.missed.IsZero() {
			s.missed = time.Now()
		}
		if last || time.Since(s.missed) > comesBack {
			return s.rewrite()
		}
		return nil // not yet
	}
	held, err2 := s.file.Stat()
	if err := errors.Join(err, err2); err != nil {
		return fmt.Errorf("write stats: %w", err)
	}
	if !os.SameFile(now, held) {
		return fmt.Errorf("write stats: %s is another file now; move it away", s.path)
	}
	if len(s.pending) == 0 {
		return nil
	}
	if _, err := s.file.WriteAt(s.pending, s.size); err != nil {
		_ = s.file.Truncate(s.size) // or else a torn line stays until there is space again
		return fmt.Errorf("write stats: %w", err)
	}
	s.size, s.pending = s.size+int64(len(s.pending)), nil
	return nil
}

// trained is the training time of earlier sessions in seconds.
func (s *statsLog) trained() float64 {
	if len(s.lines) == 0 {
		return 0
	}
	return s.lines[len(s.lines)-1].Seconds
}

// finish writes what is pending for the last time.
func (s *statsLog) finish() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.flush(true)
}

func (s *statsLog) close() error { return s.file.Close() }
