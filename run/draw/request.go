package draw

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/internal/jsondiff"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/run"
)

// Request is what the shards of one set of samples have in common, kept beside them: all that merge needs.
type Request struct {
	Run      string    `json:"run"`
	Step     int64     `json:"step"`
	Identity string    `json:"identity"` // of all samples of the seed
	Config   string    `json:"config"`   // of the run, TOML
	N        int       `json:"n"`
	Batch    int       `json:"batch"`
	Seed     int64     `json:"seed"`
	Solver   string    `json:"solver"`
	Times    []float64 `json:"times,omitempty"`

	Classes  []int32        `json:"classes,omitempty"`
	Guidance flows.Guidance `json:"guidance,omitzero"`
}

// RequestName is the file of a request. That of features has another name, since samples and features may not share a
// directory.
const RequestName = "samples.json"

// MostSamples bounds N, so that sums and products of it don't overflow.
const MostSamples = 1 << 40

// Keep makes the directory and leaves the request in it. One that holds samples of another is refused, unless that
// asked for more or fewer of the same, and one that holds other files of such names.
func (r Request) Keep(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return mistake.New("{output|directory} %s: %v; {shard|a shard} keeps its samples in a directory", dir, err)
	}
	if err := checkChunks(dir); err != nil {
		return err
	}
	was, err := readRequest(dir)
	switch {
	case err == nil:
		was.N = r.N
		if unlike := r.unlike(was); len(unlike) > 0 {
			return mistake.New("{output|directory} %s holds samples of another request: %s; give another directory",
				dir, strings.Join(unlike, ", "))
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	return replace.Text(filepath.Join(dir, RequestName), append(text, '\n'))
}

// unlike lists the differences to another request, apart from the directory of the run.
func (r Request) unlike(other Request) (list []string) {
	identity, config := other.Identity == r.Identity, other.Config == r.Config
	was, is := other.Config, r.Config
	other.Run, other.Identity, other.Config = r.Run, r.Identity, r.Config
	list = jsondiff.Values(r, other)
	if !config {
		list = append(list, settingsUnlike(is, was)...)
	}
	if !identity && len(list) == 0 {
		list = []string{"they are drawn by another solver, other steps or tolerances, or other parameters of the run"}
	}
	return list
}

// settingsUnlike lists the settings that two configurations differ in.
func settingsUnlike(is, was string) (list []string) {
	var a, b run.Config
	if a.Decode([]byte(is)) != nil || b.Decode([]byte(was)) != nil {
		return []string{"the configuration of the run"}
	}
	for _, s := range run.Settings() {
		if x, y := s.Text(a), s.Text(b); x != y {
			list = append(list, fmt.Sprintf("%s of the run: %s and %s", s.Key, x, y))
		}
	}
	return list
}

// Rows is the number of samples in batch c.
func (r Request) Rows(c int) int { return min(r.Batch, r.N-c*r.Batch) }

func readRequest(dir string) (r Request, err error) {
	file := filepath.Join(dir, RequestName)
	const most = 4 << 20
	text, err := replace.ReadRegular(file, most)
	if err != nil {
		return r, err
	}
	if err = json.Unmarshal(text, &r); err == nil && (r.N < 1 || r.N > MostSamples || r.Batch < 1 || r.Batch > r.N) {
		err = fmt.Errorf("n %d and batch %d", r.N, r.Batch)
	}
	if err != nil {
		return r, fmt.Errorf("%s: %v; draw the shard again, into another directory", file, err)
	}
	return r, nil
}

// ReadRequests reads the requests of directories, which must agree.
func ReadRequests(dirs []string) (first Request, err error) {
	for i, dir := range dirs {
		r, err := readRequest(dir)
		if errors.Is(err, fs.ErrNotExist) {
			return first, mistake.New("%s holds no samples of shards: %v; "+
				"give directories that {shard|a shard} filled", dir, err)
		} else if err != nil {
			return first, err
		}
		if i == 0 {
			first = r
		}
		if unlike := first.unlike(r); len(unlike) > 0 {
			return first, fmt.Errorf("%s and %s hold samples of different requests: %s", dirs[0], dir,
				strings.Join(unlike, ", "))
		}
	}
	return first, nil
}
