package torture

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/amgen/amgen/internal/cli"
	"github.com/amgen/amgen/internal/fetch"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/weights"
)

// job is work that is killed, in a directory of its own.
type job struct {
	name string
	// program and args are what is run; with again, after it was killed.
	program string
	args    func(dir string, again bool) []string
	// needs are directories that are copied there before.
	needs map[string]string
	// watch is the directory below which files are written, dir itself where it is "".
	watch string
	// together is the number of processes that do it at once, of which one is killed.
	together int
	// readable finds fault with what a killed process left.
	readable func(dir string) error
}

// training runs amgen train; a run that was killed before there was anything to go on with begins again.
func training(name string, args ...string) job {
	return job{
		name: name, program: amgen, watch: "run",
		args: func(dir string, again bool) []string {
			if _, err := os.Stat(filepath.Join(dir, "run", "config.toml")); again && err == nil {
				return []string{"train", "--resume", "--out", "run"}
			}
			return append([]string{"train", "--out", "run"}, args...)
		},
		readable: func(dir string) error { return readableRun(filepath.Join(dir, "run")) },
	}
}

// working runs another command of amgen, which after it was killed is simply typed again.
func working(name string, needs map[string]string, watch string, args ...string) job {
	return job{name: name, program: amgen, needs: needs, watch: watch,
		args:     func(string, bool) []string { return args },
		readable: readablePictures}
}

// fetching brings a set of files by so many processes at once.
func fetching(name, address string, together int) job {
	return job{
		name: name, program: fetcher, watch: "cache", together: together,
		args: func(dir string, _ bool) []string { return []string{address, filepath.Join(dir, "cache")} },
		readable: func(dir string) error {
			for _, v := range networkSet(address).Verify(fetch.Options{Cache: filepath.Join(dir, "cache")}) {
				if v.Fault != "" && !v.Absent {
					return fmt.Errorf("%s: %s", v.Name, v.Fault)
				}
			}
			return nil
		},
	}
}

// readableRun demands of a run directory that each checkpoint in it is intact, the configuration and all pictures are
// whole, and the log is torn at most in its last line.
func readableRun(dir string) error {
	if _, skipped, err := weights.Latest(run.Dir(dir).Checkpoints()); err != nil &&
		!errors.Is(err, weights.ErrNoCheckpoint) || len(skipped) > 0 {
		return errors.Join(append(skipped, err)...)
	}
	if _, err := os.Stat(filepath.Join(dir, "config.toml")); err == nil {
		var said bytes.Buffer
		if code := cli.Main([]string{"weights", "list", "--verify", dir}, io.Discard, &said); code != 0 {
			return fmt.Errorf("weights list: exit code %d: %s", code, &said)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "stats.jsonl"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	lines := bytes.Split(text, []byte("\n"))
	for i, line := range lines[:len(lines)-1] {
		if !json.Valid(line) {
			return fmt.Errorf("line %d of stats.jsonl is torn: %s", i+1, line)
		}
	}
	return readablePictures(dir)
}

func readablePictures(dir string) error {
	return eachFile(dir, func(path string) error {
		if filepath.Ext(path) != ".png" {
			return nil
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		if _, err := png.Decode(f); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return nil
	})
}

func eachFile(dir string, visit func(path string) error) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // a temporary folder may go meanwhile
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		return visit(path)
	})
}

// temporary tells the names that unfinished files have, all with a dot in front; .lock is meant to stay.
func temporary(path string) bool {
	return slices.ContainsFunc(strings.Split(path, string(filepath.Separator)), func(name string) bool {
		return strings.HasPrefix(name, ".") && name != ".lock" && name != "." && name != ".."
	})
}

func hasTemporary(dir string) bool {
	found := errors.New("found")
	err := eachFile(dir, func(path string) error {
		if below, err := filepath.Rel(dir, path); err == nil && temporary(below) {
			return found
		}
		return nil
	})
	return errors.Is(err, found)
}

// unlike are the values in logs and reports that no two runs share: times and rates.
var unlike = regexp.MustCompile(`"(seconds|eta_s|images_per_s|points_per_s)":[-+.e0-9]+`)

// bits are the hashes of all that is in a directory by name, apart from times, the lock's text and litter.
func bits(dir string) (map[string]string, error) {
	out := map[string]string{}
	err := eachFile(dir, func(path string) error {
		name, err := filepath.Rel(dir, path)
		if err != nil || temporary(name) || filepath.Base(name) == "lock" || filepath.Base(name) == ".lock" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if ext := filepath.Ext(name); ext == ".jsonl" || ext == ".json" && filepath.Base(name) != "manifest.json" {
			text = unlike.ReplaceAll(text, []byte(`"$1":_`))
		}
		sum := sha256.Sum256(text)
		out[name] = hex.EncodeToString(sum[:8])
		return nil
	})
	return out, err
}
