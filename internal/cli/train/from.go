package train

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/memory"
	"github.com/amgen/amgen/models"
	"github.com/amgen/amgen/run"
)

// preset is the configuration of a new run: the preset or the network of --from, the file over it, then flags.
func (o *options) preset(typed run.ConfigFile) (cfg run.Config, err error) {
	from := o.flags.From
	if !o.given("from") {
		if from, err = typed.Begins(); err != nil {
			return cfg, err
		}
	}
	if _, err := os.Stat(from); from != "" && err != nil { // the error has the name as it was typed
		if _, err := models.Pretrained(from, run.Output{}); err != nil {
			return cfg, err
		}
	}
	if from, err = absoluteModel(from); err != nil {
		return cfg, err
	}
	if o.overwrite && sameFile(from, o.out) {
		return cfg, flags.Usagef("--overwrite deletes the run in %s, with whose parameters --from begins; name "+
			"another --out", o.out)
	}
	if cfg, err = o.begin(typed, from); err != nil {
		return cfg, err
	}
	preset := cfg.Preset
	flags.Overlay(&cfg, o.flags, o.changed)
	cfg.Preset, cfg.From = preset, from // also where the flag is empty
	return cfg, nil
}

// begin is the configuration below the flags.
func (o *options) begin(typed run.ConfigFile, from string) (run.Config, error) {
	if o.given("dataset") {
		if err := run.KnownDataset(o.flags.Dataset); err != nil {
			return run.Config{}, err
		}
	}
	if from == "" {
		return typed.Preset(o.flags.Dataset, cmp.Or(o.flags.Preset, o.folderPreset(from)))
	}
	p, err := pretrained(from, run.Output{}) // what is to be said of it is said when training begins
	if err != nil {
		return run.Config{}, err
	}
	return typed.PresetFrom(o.flags.Dataset, o.flags.Preset, p)
}

// checkFrom refuses parameters of another network than the plan's, as training does.
func (o *options) checkFrom(plan *run.Plan) error {
	if plan.Config.From == "" || o.resume { // a resumed run needs them no more
		return nil
	}
	p, err := pretrained(plan.Config.From, run.Output{})
	if err != nil {
		return err
	}
	return plan.CheckFrom(p)
}

// absoluteModel is what --from names, by its absolute path where it is a file or a directory: the run may be resumed
// from elsewhere.
func absoluteModel(from string) (string, error) {
	if from == "" || slices.Contains(models.Names(), from) {
		return from, nil
	}
	path, err := filepath.Abs(from)
	if err != nil {
		return "", fmt.Errorf("model %s: %w", from, err)
	}
	return path, nil
}

func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// pretrained reads what --from names.
func pretrained(from string, out run.Output) (run.Pretrained, error) {
	if err := memory.CheckFile(from); err != nil {
		return run.Pretrained{}, err
	}
	return models.Pretrained(from, out)
}
