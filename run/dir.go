package run

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/weights"
)

// Dir is the directory of a run. It holds config.toml, stats.jsonl, loss.png, samples/, eval/, checkpoints/ and a lock.
type Dir string

// What a run directory holds besides its checkpoints, see ARCHITECTURE.md.
const (
	ConfigName    = "config.toml"
	StatsName     = "stats.jsonl"
	LossCurveName = "loss.png"
	SamplesName   = "samples"
	EvalName      = "eval"
)

// File is the path of what has a name in the directory.
func (d Dir) File(name string) string { return filepath.Join(string(d), name) }

// Checkpoints is the folder of the run's checkpoints, which package weights reads and writes.
func (d Dir) Checkpoints() string { return d.File("checkpoints") }

// Begin says how a run begins in a directory, or goes on.
type Begin struct {
	Resume    bool // go on with the run that is there
	Overwrite bool // delete it
	// OwnReport tells which files in eval/ are reports of the run, to be deleted with it; nil keeps all.
	OwnReport func(path string) bool
}

// previewName matches the names of previews in samples/; what has another name there isn't the run's.
var previewName = regexp.MustCompile(`^step-\d{6,}\.png$`)

// HoldsRun tells whether the directory has anything of a run in it: a checkpoint without its configuration counts.
func (d Dir) HoldsRun() bool {
	if _, err := os.Lstat(d.File(ConfigName)); err == nil {
		return true
	}
	list, err := weights.List(d.Checkpoints())
	return err == nil && len(list) > 0
}

// Check returns an error unless a run may begin in the directory, or the one in it go on or be replaced, without a
// loss to anybody. It writes nothing.
func (d Dir) Check(how Begin) error {
	if err := d.CheckLayout(); err != nil {
		return err
	}
	switch {
	case !d.HoldsRun():
		return d.checkEmpty()
	case how.Resume:
		return nil
	}
	configured, err := d.checkConfig()
	if err != nil {
		return err
	}
	if how.Overwrite || !configured {
		if err := weights.CheckOwned(d.Checkpoints(), -1, false); err != nil {
			return mistake.Wrap(err)
		}
	}
	if !how.Overwrite {
		return d.exists()
	}
	return nil
}

// Claim makes the directory, whose lock is held, one for a run to begin in, or to go on in.
func (d Dir) Claim(how Begin) error {
	if err := d.Check(how); err != nil {
		return err
	}
	if how.Overwrite {
		return d.clear(how.OwnReport)
	}
	return nil
}

// CheckLayout returns an error where a name of a run's file or folder in the directory is something else. Nothing is
// written through a symbolic link inside a run, and a FIFO would make its reader wait.
func (d Dir) CheckLayout() error {
	for _, name := range []string{ConfigName, StatsName, LossCurveName} {
		path := d.File(name)
		if err := replace.Regular(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return layoutError(path, err)
		}
	}
	for _, path := range []string{d.File(SamplesName), d.File(EvalName), d.Checkpoints()} {
		info, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && !info.IsDir() {
			err = fmt.Errorf("it is %s, not a directory", orFile(replace.Kind(info.Mode())))
		}
		if err != nil {
			return layoutError(path, err)
		}
	}
	return CheckLock(string(d))
}

func orFile(kind string) string {
	if kind == "" {
		return "a file"
	}
	return kind
}

func layoutError(path string, err error) error {
	return fmt.Errorf("run directory: %s: %w; move it away, or choose another directory", path, err)
}

// checkEmpty returns an error where a run that begins in dir would replace somebody's file or folder.
func (d Dir) checkEmpty() error {
	var found []string
	for _, name := range []string{StatsName, LossCurveName} {
		if _, err := os.Lstat(d.File(name)); !errors.Is(err, fs.ErrNotExist) {
			found = append(found, name)
		}
	}
	previews, err := d.ownPreviews()
	if err != nil {
		return err
	}
	if found = append(found, previews...); len(found) > 0 {
		return mistake.New("%s is there, and no run that it could be of; move it away, or choose another {out|directory}",
			d.File(found[0]))
	}
	if err := weights.CheckOwned(d.Checkpoints(), -1, false); err != nil {
		return mistake.Wrap(err)
	}
	return nil
}

// checkConfig tells whether there is a configuration in dir. One that isn't a run's is an error.
func (d Dir) checkConfig() (bool, error) {
	path := d.File(ConfigName)
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	cfg, err := d.Config()
	if err == nil && (cfg.Dataset == "" || cfg.Objective == "") {
		err = fmt.Errorf("%s: it names no dataset or no objective", path)
	}
	if err != nil {
		return true, mistake.New("%w: it isn't the configuration of a run; move it away, or choose another {out|directory}",
			err)
	}
	return true, nil
}

// clear removes what a run wrote, and nothing else that may be in its directory. The configuration goes last: as long
// as anything is left, the directory holds a run.
func (d Dir) clear(ownReport func(path string) bool) error {
	files := []string{StatsName, LossCurveName}
	previews, err := d.ownPreviews()
	if err != nil {
		return err
	}
	files = append(files, previews...)
	if ownReport != nil {
		reports, err := d.ownFiles(EvalName, ownReport)
		if err != nil {
			return err
		}
		files = append(files, reports...)
	}
	for _, name := range files {
		if err := removeOwn(d.File(name)); err != nil {
			return err
		}
	}
	if err := weights.Clear(d.Checkpoints()); err != nil {
		return err
	}
	return removeOwn(d.File(ConfigName))
}

// removeOwn removes a regular file, if it is there.
func removeOwn(path string) error {
	if replace.Regular(path) != nil {
		return nil
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("overwrite run: %w; check the rights there", err)
	}
	return nil
}

// ownPreviews are the files with the names of a run's previews, by their names from the directory.
func (d Dir) ownPreviews() ([]string, error) {
	return d.ownFiles(SamplesName, func(path string) bool { return previewName.MatchString(filepath.Base(path)) })
}

// ownFiles are the regular files in a folder that are the run's, by their names from the directory.
func (d Dir) ownFiles(folder string, own func(path string) bool) ([]string, error) {
	entries, err := os.ReadDir(d.File(folder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("run directory: %w; make it readable", err)
	}
	var found []string
	for _, e := range entries {
		if name := filepath.Join(folder, e.Name()); e.Type().IsRegular() && own(d.File(name)) {
			found = append(found, name)
		}
	}
	return found, nil
}

func (d Dir) exists() error {
	return mistake.New("%s holds a run already; pass {resume} to continue it, {overwrite} to replace it, or another {out|directory}", d)
}

// NoRunError says that a directory holds no run.
type NoRunError struct{ Dir Dir }

// Error implements error.
func (e *NoRunError) Error() string {
	return fmt.Sprintf("no run in %s: it has no %s", e.Dir, ConfigName)
}

// Config reads the configuration of the run.
func (d Dir) Config() (Config, error) {
	path := d.File(ConfigName)
	text, err := readConfigFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if d.HoldsRun() {
			return Config{}, mistake.New("the run in %s has lost its %s; bring that back, or begin again by {overwrite|overwriting it}", d, ConfigName)
		}
		return Config{}, mistake.Wrap(&NoRunError{d})
	} else if err != nil {
		return Config{}, fmt.Errorf("read run: %w; it has to be a file that can be read", err)
	}
	// Runs from before there was a choice don't tell these.
	cfg := Config{LRDecay: flows.DecayNames()[0], Precision: Float32, Accumulate: 1, Devices: 1}
	if err := cfg.Decode(text); err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	if cfg.Dataset == "" {
		return Config{}, mistake.Fail("%s of %d bytes names no dataset: it is damaged; bring back a copy, or begin again by {overwrite|overwriting it}", path, len(text))
	}
	cfg.kept = kept{path, cfg.Dataset}
	if cfg.Points() {
		cfg.Action = cmp.Or(cfg.Action, distanceAction) // likewise
	}
	return cfg, nil
}

// unfinished are the names that files have while a run is writing them, see [replace.File].
var unfinished = regexp.MustCompile(`^\.(config\.toml|stats\.jsonl|loss\.png|step-\d+\.png)\d+$`)

// ClearUnfinished removes what a process that was killed left in the directory; only the holder of its lock may.
func (d Dir) ClearUnfinished() error {
	for _, dir := range []string{string(d), d.File(SamplesName)} {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("run directory: %w; make it readable", err)
		}
		for _, e := range entries {
			if !unfinished.MatchString(e.Name()) || !e.Type().IsRegular() {
				continue
			}
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return fmt.Errorf("unfinished file of the run: %w; check the rights there", err)
			}
		}
	}
	return nil
}
