package cli

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/unet"
)

// Config is a training run, resolved: the preset's values, overridden by the config file, overridden by flags.
// It is what config.toml in a run directory holds, and all that `amgen train` needs to do the run again.
type Config struct {
	Dataset    string  `toml:"dataset" comment:"what to learn: a data set's name, folder:DIR or snapshots:FILE"`
	Preset     string  `toml:"preset" comment:"the network and its hyperparameters"`
	Objective  string  `toml:"objective"`
	Estimator  string  `toml:"estimator" comment:"of the Action Matching loss: pathwise or boundary"`
	Weight     string  `toml:"weight" comment:"w(t) of the loss: constant (1), linear-decay (1-t), cubic-rise (t^3), cubic-decay"`
	Sigma      float64 `toml:"sigma" comment:"noise of eam and euam, of Langevin dynamics for ssm and dsm, 0 for the others"`
	Anneal     bool    `toml:"anneal" comment:"noise sigma(1-t) instead of sigma"`
	CostP      float64 `toml:"cost_p" comment:"p of the cost |v|^p/p of motion, in (1, 2]"`
	Path       string  `toml:"path" comment:"from noise at t=0 to data at t=1; data: the path that comes with the data set"`
	Antithetic bool    `toml:"antithetic" comment:"opposite noise in the two halves of a batch"`
	Times      string  `toml:"times" comment:"how training times are drawn"`
	Action     string  `toml:"action,omitempty" comment:"how the network h makes the scalar s: of images inner-product <h,x> or quadratic -|h-x|^2/2, of points distance |x-h|^2/2 or sum of h"`

	// Convention is empty, but of imported weights of action-matching-pytorch.
	Convention string `toml:"convention,omitempty" comment:"of time, edges and groups in the network: amgen or action-matching-pytorch"`

	LeaveOut   int    `toml:"leave_out,omitempty" comment:"time point of snapshots that is kept from training, counted from 1"`
	Coupling   string `toml:"coupling,omitempty" comment:"how cells of neighbouring snapshots are paired"`
	Components int    `toml:"components,omitempty" comment:"principal components of snapshots to learn in, 0 for the columns themselves"`
	RawColumns bool   `toml:"raw_columns,omitempty" comment:"columns of snapshots as they are, not standardised"`

	TimeColumn string   `toml:"time_column,omitempty" json:",omitempty" comment:"the snapshots' column of times"`
	Columns    []string `toml:"columns,omitempty" json:",omitempty" comment:"the snapshots' coordinates"`
	Drop       []string `toml:"drop,omitempty" json:",omitempty" comment:"columns of snapshots that are left out"`

	Steps   int     `toml:"steps"`
	Batch   int     `toml:"batch"`
	LR      float64 `toml:"lr" comment:"Adam's learning rate, reached after warmup steps"`
	Warmup  int     `toml:"warmup" comment:"steps of linear warm-up"`
	LRDecay string  `toml:"lr_decay" comment:"constant, or cosine to a hundredth over the steps of the decay"`
	LRSteps int     `toml:"lr_decay_steps,omitempty" comment:"steps of the decay; more leave the rate where it ended"`
	Clip    float64 `toml:"clip" comment:"global gradient norm, 0 for none"`
	EMA     float64 `toml:"ema" comment:"decay of the parameters' moving average"`
	Dropout float64 `toml:"dropout"`
	Flip    bool    `toml:"flip" comment:"mirror training images at random"`
	Seed    int64   `toml:"seed"`

	Backend    string `toml:"backend" comment:"compute engine; auto is the best there is"`
	Precision  string `toml:"precision" comment:"of the network: f32, or bf16 (parameters, their average and the loss stay f32)"`
	Accumulate int    `toml:"accumulate" comment:"micro-batches that a batch is computed in, to save memory"`
	Devices    int    `toml:"devices" comment:"devices that share a batch"`

	LogEvery        int `toml:"log_every" comment:"steps between lines of stats.jsonl"`
	SampleEvery     int `toml:"sample_every" comment:"steps between sample grids, 0 for none"`
	CheckpointEvery int `toml:"checkpoint_every" comment:"steps between checkpoints, 0 for the last step only"`
	KeepCheckpoints int `toml:"keep_checkpoints" comment:"newest checkpoints kept"`
	KeepEvery       int `toml:"keep_every,omitempty" comment:"checkpoints of multiples of so many steps are kept besides"`
	KeepBest        int `toml:"keep_best,omitempty" comment:"checkpoints of the smallest mean loss are kept besides"`

	kept kept // where it was read
}

// kept is the file that a run keeps its configuration in, "" for none, and the data set that this names.
type kept struct{ file, dataset string }

// configFile is a file with keys of a configuration. It is read once: it may be a pipe.
type configFile struct {
	name string
	text []byte
}

// openConfigFile reads the file, none without a name.
func openConfigFile(name string) (configFile, error) {
	if name == "" {
		return configFile{}, nil
	}
	text, err := readConfigFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return configFile{}, usagef("no config file %s", name)
	} else if err != nil {
		return configFile{}, usagef("config file: %w; name a TOML file that can be read", err)
	}
	return configFile{name, text}, nil
}

// overlay lays a config file over c: keys that the file lacks keep their value, unknown keys are an error.
func (c *Config) overlay(file configFile) error {
	if file.name == "" {
		return nil
	}
	if err := decodeTOML(file.text, c); err != nil {
		return usagef("config file %s: %v", file.name, err)
	}
	return nil
}

// decodeTOML reads a configuration over c. Its errors name the line, the column and what to do.
func decodeTOML(text []byte, c *Config) error {
	if len(text) > mostConfig {
		return fmt.Errorf("%d bytes are no configuration, which has %d at most", len(text), mostConfig)
	}
	text, err := tomlText(text)
	if err != nil {
		return err
	}
	err = toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(c)
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) {
		return unknownKeys(strict)
	}
	var wrong *toml.DecodeError
	if errors.As(err, &wrong) {
		return tomlMistake(text, wrong)
	}
	return err
}

// unknownKeys names the keys that a configuration doesn't have.
func unknownKeys(strict *toml.StrictMissingError) error {
	const shown = 5
	var keys []string
	for i, e := range strict.Errors {
		if i == shown {
			keys = append(keys, fmt.Sprintf("and %d more", len(strict.Errors)-shown))
			break
		}
		row, _ := e.Position()
		keys = append(keys, fmt.Sprintf("%s (line %d)", strings.Join(e.Key(), "."), row))
	}
	return fmt.Errorf("unknown key %s; `amgen train --dry-run` prints every key", strings.Join(keys, ", "))
}

// configField is the field of a key, the zero value where there is none.
func configField(key string) reflect.StructField {
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		if name, _, _ := strings.Cut(f.Tag.Get("toml"), ","); name == key {
			return f
		}
	}
	return reflect.StructField{}
}

// wants says in words what a flag or key of a type takes.
func wants(kind string) string {
	words := map[string]string{"int": "a whole number", "int64": "a whole number", "float64": "a number", "bool": "true or false", "string": `text in "quotes"`,
		"duration": "a duration as in 11h50m", "intSlice": "whole numbers with commas between", "float64Slice": "numbers with commas between", "names": "names with commas between", "slice": `names in quotes, ["a", "b"]`}
	return cmp.Or(words[kind], kind)
}

func (c Config) encode() ([]byte, error) {
	var b bytes.Buffer
	enc := toml.NewEncoder(&b)
	if err := enc.Encode(c); err != nil {
		return nil, fmt.Errorf("encode config: %w", err)
	}
	return b.Bytes(), nil
}

// bind registers a flag for each field that a user may set, writing to c. Defaults shown by --help are the
// values in c when bind is called.
func (c *Config) bind(f *pflag.FlagSet) {
	const presets = " (default: the preset's, see --dry-run)"
	f.StringVar(&c.Dataset, "dataset", c.Dataset, "data `NAME`: images "+strings.Join(datasetNames(), ", ")+"; points "+
		strings.Join(science.Names(), ", "))
	f.StringVar(&c.Preset, "preset", c.Preset, "network `NAME`: "+strings.Join(presetNames(), ", ")+"; for points "+
		strings.Join(pointPresetNames(), ", ")+" (default: the data set's)")
	f.StringVar(&c.Objective, "objective", c.Objective, "loss: "+strings.Join(objectiveNames(), ", "))
	f.StringVar(&c.Estimator, "estimator", c.Estimator, "of the loss: "+strings.Join(estimatorNames(), ", "))
	f.StringVar(&c.Weight, "weight", c.Weight, "w(t) of the loss: "+strings.Join(weightNames(), ", "))
	f.Float64Var(&c.Sigma, "sigma", c.Sigma, fmt.Sprintf("noise of eam and euam (default %g), or of Langevin dynamics along the score of ssm and dsm (default none)", flows.DefaultSigma))
	f.BoolVar(&c.Anneal, "anneal", c.Anneal, "noise sigma·(1−t) instead of sigma")
	f.Float64Var(&c.CostP, "cost-p", c.CostP, "p of the cost |v|^p/p of motion, in (1, 2] (default 2)")
	f.StringVar(&c.Path, "path", c.Path, "from noise to data: "+strings.Join(pathNames(), ", ")+" (embryo, snapshots, hydrogen and mass-mixture have their own)")
	f.BoolVar(&c.Antithetic, "antithetic", c.Antithetic, "opposite noise in the two halves of a batch")
	f.StringVar(&c.Times, "times", c.Times, "training times: "+strings.Join(timesNames(), ", "))
	f.StringVar(&c.Action, "action", c.Action, "scalar from the network: "+strings.Join(actionNames(), ", ")+"; of points "+
		strings.Join(pointActions, ", ")+" (default: distance, sum for objectives with growth)")
	f.IntVar(&c.LeaveOut, "leave-out", c.LeaveOut, "time point `K` of snapshots to keep from training, counted from 1")
	f.StringVar(&c.Coupling, "coupling", c.Coupling, "of cells of neighbouring snapshots: "+strings.Join(science.CouplingNames(), ", ")+
		" (default "+science.CouplingNames()[0]+")")
	f.IntVar(&c.Components, "components", c.Components, "principal components of snapshots to learn in, 0 for the columns themselves")
	f.BoolVar(&c.RawColumns, "raw-columns", c.RawColumns, "take the columns of snapshots as they are, without standardising them")
	bindColumns(f, &c.TimeColumn, &c.Columns, &c.Drop)
	f.IntVar(&c.Steps, "steps", c.Steps, "training steps in all"+presets)
	f.IntVar(&c.Batch, "batch", c.Batch, "examples a step"+presets)
	f.Float64Var(&c.LR, "lr", c.LR, "Adam's learning rate"+presets)
	f.IntVar(&c.Warmup, "warmup", c.Warmup, "steps of linear learning-rate warm-up"+presets)
	f.StringVar(&c.LRDecay, "lr-decay", c.LRDecay, "of the learning rate after the warm-up: "+strings.Join(decayNames(), ", "))
	f.IntVar(&c.LRSteps, "lr-decay-steps", c.LRSteps, "steps over which it decays (default: all that a run begins with)")
	f.Float64Var(&c.Clip, "clip", c.Clip, "clip the global gradient norm to this, 0 for never"+presets)
	f.Float64Var(&c.EMA, "ema", c.EMA, "decay of the parameters' moving average"+presets)
	f.Float64Var(&c.Dropout, "dropout", c.Dropout, "dropout rate")
	f.BoolVar(&c.Flip, "flip", c.Flip, "mirror training images at random")
	f.Int64Var(&c.Seed, "seed", c.Seed, "of parameters, data order, noise and times")
	f.StringVar(&c.Backend, "backend", c.Backend, backendHelp())
	f.StringVar(&c.Precision, "precision", c.Precision, precisionHelp)
	f.IntVar(&c.Accumulate, "accumulate", c.Accumulate, "compute a batch in `K` parts one after another, for the memory of one")
	f.IntVar(&c.Devices, "devices", c.Devices, "share a batch among `N` GPUs of this machine (or virtual devices of xla:cpu)")
	f.IntVar(&c.LogEvery, "log-every", c.LogEvery, "steps between log lines")
	f.IntVar(&c.SampleEvery, "sample-every", c.SampleEvery, "steps between sample grids, 0 for none")
	f.IntVar(&c.CheckpointEvery, "checkpoint-every", c.CheckpointEvery, "steps between checkpoints, 0 for the last step only")
	f.IntVar(&c.KeepCheckpoints, "keep-checkpoints", c.KeepCheckpoints, "newest checkpoints kept")
	f.IntVar(&c.KeepBest, "keep-best", c.KeepBest, "keep besides the `N` checkpoints of the smallest loss, a mean over the lines of the log since the checkpoint before")
	f.IntVar(&c.KeepEvery, "keep-every", c.KeepEvery, "keep besides every checkpoint whose step is a multiple of `N`")
}

// settle validates and replaces what was left open: engine, estimator, weight, noise, cost, action and the steps of the decay by
// those that are meant, a folder by its absolute path. What it leaves describes the run wherever it is resumed.
func (c *Config) settle() error {
	if err := c.validate(); err != nil {
		return err
	}
	objective, path, _, err := c.flow()
	if err != nil {
		return err
	}
	estimator, err := flows.EstimatorByName(c.Estimator)
	if err == nil && !objective.Motion().VectorField() { // a baseline's loss has one form
		estimator, err = estimator.On(path)
	}
	if err != nil {
		return usageError{err}
	}
	c.Estimator = estimator.String()
	motion := objective.Motion()
	if c.Weight == weightNames()[0] {
		c.Weight = estimator.DefaultWeight(motion)
	}
	if motion.Diffusion != nil {
		c.Sigma = cmp.Or(c.Sigma, flows.DefaultSigma)
	}
	c.CostP = cmp.Or(c.CostP, 2)
	if err := c.settleAction(motion); err != nil {
		return err
	}
	if c.LRDecay != decayNames()[0] { // more steps of a resumed run must not change what was done
		c.LRSteps = cmp.Or(c.LRSteps, c.Steps)
	}
	if dir, ok := strings.CutPrefix(c.Dataset, "folder:"); ok {
		if dir, err = filepath.Abs(dir); err != nil {
			return fmt.Errorf("data set %s: %w", c.Dataset, err)
		}
		c.Dataset = "folder:" + dir
	}
	if c.snapshots() {
		c.Coupling = cmp.Or(c.Coupling, science.CouplingNames()[0])
	}
	if files, ok := strings.CutPrefix(c.Dataset, snapshotsPrefix); ok {
		if c.Dataset, err = absoluteSnapshots(files); err != nil {
			return err
		}
	}
	return checkName("the data set", c.Dataset)
}

// How a perceptron makes an action, see [flows.MLP].
const (
	distanceAction = "distance"
	sumAction      = "sum"
)

var pointActions = []string{distanceAction, sumAction}

// settleAction chooses the action of points, and refuses for growth one that has a single sign.
func (c *Config) settleAction(motion flows.Dynamics) error {
	oneSigned := map[string]string{distanceAction: sumAction, unet.Quadratic.String(): unet.InnerProduct.String()}
	if c.points() && c.Action == "" {
		c.Action = distanceAction
		if motion.Growth {
			c.Action = sumAction
		}
	}
	if other, refused := oneSigned[c.Action]; refused && motion.Growth {
		return usagef("--action %s has a single sign, and with %s it is the rate at which mass is born or dies: use %s", c.Action,
			c.Objective, other)
	}
	return nil
}

// absoluteSnapshots is the data set of a file, or of a pair of files with a comma between.
func absoluteSnapshots(files string) (string, error) {
	list := strings.Split(files, ",")
	for i, file := range list {
		if file == "" {
			return "", usagef("no file of snapshots, got %s%s; write %sFILE", snapshotsPrefix, files, snapshotsPrefix)
		}
		abs, err := filepath.Abs(file)
		if err != nil {
			return "", fmt.Errorf("data set %s%s: %w", snapshotsPrefix, files, err)
		}
		list[i] = abs
	}
	return snapshotsPrefix + strings.Join(list, ","), nil
}

// validate checks what does not depend on data.
func (c *Config) validate() error {
	if err := c.checkPoints(); err != nil {
		return err
	}
	if err := knownPreset(c.Dataset, c.Preset); err != nil {
		return err
	}
	actions, paths := actionNames(), pathNames()
	if c.points() {
		actions = append([]string{""}, pointActions...)
	}
	if _, own := c.ownPath(); own {
		paths = append(paths, givenPath)
	}
	for _, check := range []struct {
		flag, got string
		known     []string
	}{
		{"objective", c.Objective, objectiveNames()},
		{"estimator", c.Estimator, estimatorNames()},
		{"weight", c.Weight, weightNames()},
		{"path", c.Path, paths},
		{"times", c.Times, timesNames()},
		{"action", c.Action, actions},
		{"lr-decay", c.LRDecay, decayNames()},
	} {
		if err := oneOf(check.flag, check.got, check.known); err != nil {
			return err
		}
	}
	if err := c.checkRanges(); err != nil {
		return err
	}
	if c.LRSteps != 0 && c.LRDecay == decayNames()[0] {
		return usagef("--lr-decay-steps are of a rate that decays, and --lr-decay is %s; use cosine, or leave the steps out", c.LRDecay)
	}
	return c.settleEngine()
}

// checkRanges checks each number by itself.
func (c *Config) checkRanges() error {
	for _, check := range []struct {
		flag string
		got  int
		min  int
	}{
		{"leave-out", c.LeaveOut, 0}, {"components", c.Components, 0}, {"steps", c.Steps, 1}, {"batch", c.Batch, 1}, {"warmup", c.Warmup, 0}, {"lr-decay-steps", c.LRSteps, 0},
		{"log-every", c.LogEvery, 1}, {"accumulate", c.Accumulate, 1}, {"devices", c.Devices, 1},
		{"sample-every", c.SampleEvery, 0}, {"checkpoint-every", c.CheckpointEvery, 0}, {"keep-checkpoints", c.KeepCheckpoints, 1},
		{"keep-every", c.KeepEvery, 0}, {"keep-best", c.KeepBest, 0},
	} {
		if check.got < check.min {
			return usagef("--%s must be at least %d, got %d", check.flag, check.min, check.got)
		}
	}
	if c.Batch > imaging.MaxBatch {
		return usagef("--batch must be at most %d, got %d", imaging.MaxBatch, c.Batch)
	}
	for _, check := range []struct {
		flag     string
		got      float64
		ok       bool
		interval string
	}{
		{"lr", c.LR, c.LR > 0 && c.LR <= 1, "(0, 1]"},
		{"clip", c.Clip, c.Clip >= 0, "[0, ∞)"},
		{"ema", c.EMA, c.EMA >= 0 && c.EMA < 1, "[0, 1)"},
		{"dropout", c.Dropout, c.Dropout >= 0 && c.Dropout < 1, "[0, 1)"},
	} {
		if !check.ok { // NaN fails every comparison above
			return usagef("--%s must be in %s, got %g", check.flag, check.interval, check.got)
		}
	}
	return nil
}

// oneOf is a usage error that lists what exists, unless got is among known.
func oneOf(flag, got string, known []string) error {
	for _, k := range known {
		if got == k {
			return nil
		}
	}
	known = slices.DeleteFunc(slices.Clone(known), func(k string) bool { return k == "" }) // the default is no choice
	return usagef("unknown --%s %q; there are %s", flag, got, strings.Join(known, ", "))
}
