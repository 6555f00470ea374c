package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/internal/replace"
	"github.com/amgen/amgen/internal/tomltext"
	"github.com/amgen/amgen/run/lock"
	"github.com/amgen/amgen/weights"
)

// Dir is the directory of a run. It holds config.toml, stats.jsonl, loss.png, samples/, eval/, checkpoints/, a lock,
// and tensorboard/ if that was asked for.
type Dir string

// Names in a run directory, see ARCHITECTURE.md.
const (
	ConfigName    = "config.toml"
	StatsName     = "stats.jsonl"
	LossCurveName = "loss.png"
	SamplesName   = "samples"
	EvalName      = "eval"

	TensorBoardName = "tensorboard"
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
var previewName = regexp.MustCompile(`^step-(\d{6,})\.png$`)

// PreviewStep is the step of the preview in samples/ that has a name, and whether it is the name of one.
func PreviewStep(name string) (step int, ok bool) {
	if match := previewName.FindStringSubmatch(name); match != nil {
		var err error
		step, err = strconv.Atoi(match[1])
		return step, err == nil
	}
	return 0, false
}

// HoldsRun tells whether the directory has anything of a run in it: a checkpoint without its configuration counts.
func (d Dir) HoldsRun() bool {
	if _, err := os.Lstat(d.File(ConfigName)); err == nil {
		return true
	}
	list, err := weights.List(d.Checkpoints())
	return err == nil && len(list) > 0
}

// Check returns an error unless a run may begin in the directory, or the one in it go on or be replaced, without a
// loss of files. It writes nothing.
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
	return lock.Check(string(d))
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

// checkEmpty returns an error where a run that begins in dir would replace a file or folder that isn't amgen's.
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
		return mistake.New("%s is there without a run; move it away, or choose another "+
			"{out|directory}", d.File(found[0]))
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
	var cfg Config
	text, err := tomltext.ReadFile(path)
	if err == nil {
		err = cfg.Decode(text)
	}
	if err == nil && (cfg.Dataset == "" || cfg.Objective == "") {
		err = errors.New("it names no dataset or no objective")
	}
	if err != nil {
		return true, mistake.New("%s isn't the configuration of a run (%w); move it away, or choose another "+
			"{out|directory}", path, err)
	}
	return true, nil
}

func (d Dir) exists() error {
	return mistake.New("%s holds a run already; pass {resume} to continue it, {overwrite} to replace it, or another "+
		"{out|directory}", d)
}
