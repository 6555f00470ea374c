package weights

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// tempPrefix starts the names of unfinished and of folders to be removed, which no reader opens.
const tempPrefix = ".tmp-"

func stepName(step int64) string { return fmt.Sprintf("step-%06d", step) }

var stepPattern = regexp.MustCompile(`^step-(\d{6,18})$`)

// Entry is a checkpoint folder that hasn't been read.
type Entry struct {
	Step int64
	Path string
}

// Gone tells whether the checkpoint isn't there any more: who trains prunes.
func (e Entry) Gone() bool {
	_, err := os.Lstat(e.Path)
	return errors.Is(err, fs.ErrNotExist)
}

// errGone is what became of a checkpoint between listing and loading it.
var errGone = errors.New("pruned meanwhile")

// List names the checkpoints in dir, the latest step first, without reading them. A folder with a checkpoint's name and
// none of its files isn't one. A dir that doesn't exist has none. One that can't be read is an error.
func List(dir string) ([]Entry, error) {
	list, err := listNames(dir)
	return slices.DeleteFunc(list, func(e Entry) bool { return !holdsPart(e.Path) }), err
}

// listNames are the entries of dir with a checkpoint's name, whatever they hold.
func listNames(dir string) ([]Entry, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("weights: checkpoint folder, got %w; make it readable", err)
	}
	var list []Entry
	for _, e := range entries {
		match := stepPattern.FindStringSubmatch(e.Name())
		if match == nil {
			continue
		}
		step, err := strconv.ParseInt(match[1], 10, 64)
		if err == nil {
			list = append(list, Entry{step, filepath.Join(dir, e.Name())})
		}
	}
	slices.SortFunc(list, func(a, b Entry) int { return cmp.Compare(b.Step, a.Step) })
	return list, nil
}

// Latest loads the checkpoint of the highest step in dir that is intact. Newer ones that aren't are
// returned as skipped, one error each, for the caller to tell the user. With no checkpoint the error
// wraps ErrNoCheckpoint; with none intact, ErrCorrupt.
func Latest(dir string) (c *Checkpoint, skipped []error, err error) { return latest(dir, Load) }

// LatestEMA is Latest by LoadEMA.
func LatestEMA(dir string) (c *Checkpoint, skipped []error, err error) { return latest(dir, LoadEMA) }

func latest(dir string, load func(string) (*Checkpoint, error)) (*Checkpoint, []error, error) {
	return choose(dir, load, func(list []Entry) ([]Entry, error) { return list, nil })
}

// Best loads, by Load or LoadEMA, the checkpoint of the smallest score in dir that is intact; skipped as in Latest.
// No checkpoint with a score is an error; others are Latest's.
func Best(dir string, load func(path string) (*Checkpoint, error)) (c *Checkpoint, skipped []error, err error) {
	return choose(dir, load, func(list []Entry) ([]Entry, error) {
		if list = byScore(list); len(list) == 0 {
			return nil, fmt.Errorf("weights: best checkpoint in %s, got none with a score; take the latest, or name "+
				"a step", dir)
		}
		return list, nil
	})
}

// At loads, by Load or LoadEMA, the checkpoint of a step. One that isn't there wraps ErrNoCheckpoint.
func At(dir string, step int64, load func(path string) (*Checkpoint, error)) (*Checkpoint, error) {
	c, _, err := choose(dir, load, func(list []Entry) ([]Entry, error) {
		var steps []string
		for _, e := range list {
			if e.Step == step {
				return []Entry{e}, nil
			}
			steps = append(steps, strconv.FormatInt(e.Step, 10))
		}
		slices.Reverse(steps)
		return nil, fmt.Errorf("weights: %w of step %d in %s; there are %s", ErrNoCheckpoint, step, dir,
			strings.Join(steps, ", "))
	})
	return c, err
}

// patience is how often choose tries again: each time, all checkpoints that it may take have gone while it read one.
const patience = 100

// choose loads the first intact one of the checkpoints in dir that pick returns. Another process may be training: where
// it has pruned one meanwhile, choose tries again.
func choose(dir string, load func(string) (*Checkpoint, error), pick func([]Entry) ([]Entry, error)) (c *Checkpoint,
	skipped []error, err error) {
	for range patience {
		list, err := listSome(dir)
		if err != nil {
			return nil, nil, err
		}
		if list, err = pick(list); err != nil {
			return nil, nil, err
		}
		c, skipped, err = first(dir, list, load)
		if !errors.Is(err, errGone) {
			return c, skipped, err
		}
	}
	return nil, nil, fmt.Errorf("weights: checkpoints in %s, got none that stays long enough to be read; keep more "+
		"of them, or wait", dir)
}

// listSome is List, but no checkpoints are an error.
func listSome(dir string) ([]Entry, error) {
	list, err := List(dir)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("weights: %w in %s; train first, or name another run", ErrNoCheckpoint, dir)
	}
	return list, err
}

// byScore are the checkpoints that have a score, the smallest first; of equal ones that of the latest step.
func byScore(list []Entry) []Entry {
	scores := map[string]float64{}
	for _, e := range list {
		if m, _, err := readManifest(filepath.Join(e.Path, manifestFile)); err == nil && m.Score != nil {
			scores[e.Path] = *m.Score
		}
	}
	list = slices.DeleteFunc(slices.Clone(list), func(e Entry) bool { _, ok := scores[e.Path]; return !ok })
	slices.SortStableFunc(list, func(a, b Entry) int { return cmp.Compare(scores[a.Path], scores[b.Path]) })
	return list
}

// first loads the first intact one of some checkpoints.
func first(dir string, list []Entry, load func(string) (*Checkpoint, error)) (*Checkpoint, []error, error) {
	var skipped []error
	for _, e := range list {
		c, err := load(e.Path)
		if err == nil && c.Step != e.Step {
			err = fmt.Errorf("weights: %w: checkpoint %s, got a manifest of step %d", ErrCorrupt, e.Path, c.Step)
		}
		if err == nil {
			return c, skipped, nil
		}
		if e.Gone() {
			return nil, nil, errGone
		}
		if !errors.Is(err, ErrCorrupt) { // out of reach, or of a later amgen: an older one in its place would lose work
			return nil, skipped, err
		}
		skipped = append(skipped, err)
	}
	return nil, skipped, fmt.Errorf("weights: checkpoints in %s, got %d and none intact; train again, or restore the "+
		"files: %w", dir, len(list), errors.Join(skipped...))
}

// SetAside renames the checkpoints in dir of steps after step, damaged ones that Latest skipped, to aside-step-NNNNNN,
// or aside-step-NNNNNN.K where that is taken: nobody reads them any more, and a run that goes on from step writes its
// own. It returns their new paths. A folder that holds anything but a checkpoint's files is an error, and stays. Only
// the process that writes to dir may call it. Its other errors are those of the disk.
func SetAside(dir string, step int64) (moved []string, err error) {
	if err := CheckOwned(dir, step, true); err != nil {
		return nil, err
	}
	list, err := List(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		if e.Step <= step {
			continue
		}
		to := unusedName(filepath.Join(dir, "aside-"+filepath.Base(e.Path)))
		if err := os.Rename(e.Path, to); err != nil {
			return moved, fmt.Errorf("weights: damaged checkpoint, got %w; check the rights there", err)
		}
		moved = append(moved, to)
	}
	return moved, nil
}

// unusedName is path, or path with the first number behind it that nothing has.
func unusedName(path string) string {
	name := path
	for k := 2; ; k++ {
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return name
		}
		name = fmt.Sprintf("%s.%d", path, k)
	}
}

// Keep says which checkpoints Prune spares. The latest is always spared.
type Keep struct {
	Last  int   // the latest so many
	Best  int   // those of the smallest so many scores
	Every int64 // those whose step is a multiple; 0 for none
}

// Prune removes the checkpoints in dir that keep doesn't spare, and whatever a crashed Save left there; it returns
// the removed checkpoints. A damaged one stays, and so does one with a file of another program in it. Only the process
// that writes to dir may call it. Its errors are those of the disk: what it names in removed is gone all the same.
func Prune(dir string, keep Keep) (removed []string, err error) {
	list, err := List(dir)
	if err != nil {
		return nil, err
	}
	spared := map[string]bool{}
	for i, e := range list {
		if i < max(1, keep.Last) || (keep.Every > 0 && e.Step%keep.Every == 0) {
			spared[e.Path] = true
		}
	}
	if keep.Best > 0 {
		best := byScore(list)
		for _, e := range best[:min(keep.Best, len(best))] {
			spared[e.Path] = true
		}
	}
	for _, e := range list {
		if spared[e.Path] || contentOf(e.Path) != contentOwn {
			continue
		}
		if err := removeCheckpoint(e.Path); err != nil {
			return removed, fmt.Errorf("weights: old checkpoint, got %w; check the rights there", err)
		}
		removed = append(removed, e.Path)
	}
	return removed, clearTemporary(dir)
}

// removeCheckpoint takes the folder out of sight in one rename before deleting it file by file, so
// that an interruption leaves no half checkpoint under a checkpoint's name.
func removeCheckpoint(path string) error {
	doomed := filepath.Join(filepath.Dir(path), tempPrefix+"doomed-"+filepath.Base(path))
	if err := removeFolder(doomed); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(path, doomed); err != nil {
		return err
	}
	return removeFolder(doomed)
}

// clearTemporary removes unfinished folders, and those to be removed.
func clearTemporary(dir string) error { return removeParts(dir, temporaryPattern) }
