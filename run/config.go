package run

import (
	"bytes"
	"fmt"

	"github.com/pelletier/go-toml/v2"

	"github.com/amgen/amgen/flows/science"
)

// Config is a training run: what config.toml in a run directory holds, and all that is needed to do the run again.
// [Preset] makes one with the defaults of a data set and a network. Change fields, and [Config.Resolve] it.
//
// The tags of a field describe it: toml is its key, comment is written into config.toml, and setting says "resumes"
// where a resumed run may have another value, since it changes nothing that a step computes.
type Config struct {
	Dataset string `toml:"dataset" comment:"what to learn: a data set's name, folder:DIR or snapshots:FILE"`
	Preset  string `toml:"preset" comment:"the network and its hyperparameters"`

	// From is a text that package models opens. [train.Train] writes FromHash when the run begins.
	From     string `toml:"from,omitempty" json:",omitempty" comment:"model, file of a model or run whose parameters the run begins with"`
	FromHash string `toml:"from_sha256,omitempty" json:",omitempty" setting:"-" comment:"hash of that file, or of the run's checkpoint"`

	// Distill is the file that [distill.Read] reads, by its absolute path once settled. [train.Train] writes Jumps when
	// the run begins.
	Distill string `toml:"distill,omitempty" json:",omitempty" comment:"file of another run's samples with their states, whose jumps from state to state this run learns"`
	Jumps   int    `toml:"jumps,omitempty" json:",omitempty" setting:"-" comment:"jumps of that file from noise to data, one evaluation each"`

	Size     int `toml:"size,omitempty" json:",omitempty" comment:"height and width of images in pixels, if not the preset's"`
	Channels int `toml:"channels,omitempty" json:",omitempty" comment:"channels of images: 1 for grey, 3 for colour"`
	// Fit is "" for [fit.Crop].
	Fit    string `toml:"fit,omitempty" json:",omitempty" comment:"how pictures of a folder become squares: crop, pad or stretch"`
	Strict bool   `toml:"strict,omitempty" json:",omitempty" setting:"resumes" comment:"refuse a folder with a file that can't be read as a picture"`

	Base        int   `toml:"base,omitempty" json:",omitempty" comment:"channels of the U-Net at full resolution"`
	Multipliers []int `toml:"multipliers,omitempty" json:",omitempty" comment:"channels at each resolution as multiples of base; each but the first halves the image"`
	Blocks      int   `toml:"blocks,omitempty" json:",omitempty" comment:"residual blocks at each resolution on the way down, one fewer than on the way up"`
	Attention   []int `toml:"attention,omitempty" json:",omitempty" comment:"resolutions in pixels with self-attention, 0 for the middle of the network alone"`
	Patch       int   `toml:"patch,omitempty" json:",omitempty" comment:"edge of the square of pixels that the U-Net sees as one"`
	Hidden      []int `toml:"hidden,omitempty" json:",omitempty" comment:"widths of the perceptron's hidden layers"`

	TimeScale float64 `toml:"time_scale,omitempty" json:",omitempty" comment:"largest angle of the U-Net's time embedding; a smaller one makes the action smoother in time"`

	Objective string  `toml:"objective"`
	Estimator string  `toml:"estimator" comment:"estimator of the Action Matching loss: pathwise, boundary or dice"`
	Weight    string  `toml:"weight" comment:"w(t) of the loss: constant (1), linear-decay (1-t), cubic-rise (t^3), cubic-decay"`
	Sigma     float64 `toml:"sigma" comment:"noise of eam and euam, of Langevin dynamics for ssm and dsm, 0 for the others"`
	Anneal    bool    `toml:"anneal" comment:"noise sigma(1-t) instead of sigma"`
	// GrowthCost is found in the snapshots where it is left open, by [Config.Plan].
	GrowthCost float64 `toml:"growth_cost,omitempty" json:",omitempty" comment:"length d by which uam and euam weigh growth g against speed v: |v|^2 + d^2 g^2"`

	CostP      float64 `toml:"cost_p" comment:"p of the cost |v|^p/p of motion, in (1, 2]"`
	Path       string  `toml:"path" comment:"from noise at t=0 to data at t=1; data: the path that comes with the data set"`
	Antithetic bool    `toml:"antithetic" comment:"opposite noise in the two halves of a batch"`
	Times      string  `toml:"times" comment:"how training times are drawn"`
	Action     string  `toml:"action,omitempty" comment:"scalar s from the network h: inner-product <h,x> or quadratic -|h-x|^2/2 for images, distance |x-h|^2/2 or sum of h for points"`

	// Convention is empty, except for imported weights of action-matching-pytorch.
	Convention string `toml:"convention,omitempty" setting:"-" comment:"how the network takes time, edges and groups: as amgen or as action-matching-pytorch"`

	// ClassNames are those of the classes that are learned, in the order of their numbers. [Config.Plan] finds them in
	// the data set.
	Classes    bool     `toml:"classes,omitempty" json:",omitempty" comment:"learn each class of the images, to be asked for"`
	ClassNames []string `toml:"class_names,omitempty" json:",omitempty" setting:"-" comment:"names of the classes, in the order of their numbers"`

	LeaveOut int `toml:"leave_out,omitempty" comment:"time point of snapshots that is kept from training, counted from 1"`
	// LeaveOutTime is the time or the label of that time point, see [science.Population.TimePoint]; [Config.Plan] finds
	// its number.
	LeaveOutTime string `toml:"leave_out_time,omitempty" json:",omitempty" setting:"-" comment:"the same by its time, as in day=7"`

	Coupling   string  `toml:"coupling,omitempty" comment:"how cells of neighbouring snapshots are paired"`
	Smoothing  float64 `toml:"smoothing,omitempty" json:",omitempty" comment:"deviation of the Gaussian that stands for each cell, in distances between neighbours"`
	Masses     string  `toml:"masses,omitempty" json:",omitempty" comment:"masses of snapshots with coupling unbalanced: counts (numbers of cells), equal, or a number for each"`
	Components int     `toml:"components,omitempty" comment:"principal components of snapshots to learn in, 0 for the columns themselves"`
	RawColumns bool    `toml:"raw_columns,omitempty" comment:"columns of snapshots as they are, not standardised"`

	TimeColumn string   `toml:"time_column,omitempty" json:",omitempty" comment:"the snapshots' column of times"`
	TimeOrder  []string `toml:"time_order,omitempty" json:",omitempty" comment:"labels in the column of times, in their order"`
	Columns    []string `toml:"columns,omitempty" json:",omitempty" comment:"the snapshots' coordinates"`
	Drop       []string `toml:"drop,omitempty" json:",omitempty" comment:"columns of snapshots that are left out"`

	Steps int `toml:"steps" setting:"resumes"`
	Batch int `toml:"batch"`
	// Optimizer is one of [optimizer.RuleNames].
	Optimizer string `toml:"optimizer" comment:"adam; muon: orthogonal steps for the network's matrices, adam for the rest"`

	LR      float64 `toml:"lr" comment:"learning rate, reached after warmup steps"`
	Warmup  int     `toml:"warmup" comment:"steps of linear warm-up"`
	LRDecay string  `toml:"lr_decay" comment:"constant, or cosine to a hundredth over the steps of the decay"`
	LRSteps int     `toml:"lr_decay_steps,omitempty" comment:"steps of the decay; more leave the rate where it ended"`
	Clip    float64 `toml:"clip" comment:"global gradient norm, 0 for none"`
	EMA     float64 `toml:"ema" comment:"decay of the parameters' moving average; after n steps at most (1+n)/(w+n), w = 10 or ema_warmup"`
	// EMAWarmup is 0 for [optimizer.EMAWarmupLength].
	EMAWarmup int `toml:"ema_warmup,omitempty" json:",omitempty" comment:"w of the average's warm-up; 1 is none"`
	// PowerAverages is empty for none. It changes nothing else of a run.
	PowerAverages []float64 `toml:"power_averages,omitempty" json:",omitempty" setting:"-" comment:"relative lengths of power-function averages of the parameters to keep"`

	Dropout float64 `toml:"dropout"`
	Flip    bool    `toml:"flip" comment:"mirror training images at random"`
	Augment float64 `toml:"augment,omitempty" json:",omitempty" comment:"probability of each kind of change of training images, of which the network is told"`
	Seed    int64   `toml:"seed"`

	Backend    string `toml:"backend" comment:"compute engine; auto is the best there is"`
	Precision  string `toml:"precision" comment:"precision of the network: f32, or bf16 (parameters, average and loss stay f32)"`
	Accumulate int    `toml:"accumulate" comment:"micro-batches that a batch is computed in, to save memory"`
	Devices    int    `toml:"devices" comment:"devices that share a batch"`

	LogEvery        int `toml:"log_every" setting:"resumes" comment:"steps between lines of stats.jsonl"`
	SampleEvery     int `toml:"sample_every" setting:"resumes" comment:"steps between sample grids, 0 for none"`
	CheckpointEvery int `toml:"checkpoint_every" setting:"resumes" comment:"steps between checkpoints, 0 for the last step only"`
	KeepCheckpoints int `toml:"keep_checkpoints" setting:"resumes" comment:"newest checkpoints kept"`
	KeepEvery       int `toml:"keep_every,omitempty" setting:"resumes" comment:"also keep each checkpoint whose step is a multiple of this"`
	KeepBest        int `toml:"keep_best,omitempty" setting:"resumes" comment:"also keep so many checkpoints of the lowest mean loss"`

	// EvalSamples is 0 where EvalEvery is.
	EvalEvery   int `toml:"eval_every" json:",omitempty" setting:"resumes" comment:"steps between evaluations, the loss of held-out examples and the FID of samples, 0 for none"`
	EvalSamples int `toml:"eval_samples" json:",omitempty" setting:"resumes" comment:"samples for that FID, 0 for no FID"`

	kept kept // where it was read
}

// kept is the file that a run keeps its configuration in, "" for none, and the data set that this names.
type kept struct{ file, dataset string }

// Points tells whether the data set has points, else it has images.
func (c Config) Points() bool { return science.Known(c.Dataset) }

// DataFiles are the files of snapshots. Other data sets are in folders or in the cache, and have none here.
func (c Config) DataFiles() []string {
	files, ok := science.CutSnapshots(c.Dataset)
	if !ok {
		return nil
	}
	list, _ := science.SplitSnapshots(files)
	return list
}

func (c Config) snapshots() bool { return science.HasSnapshots(c.Dataset) }

// TOML is the configuration as config.toml has it.
func (c Config) TOML() ([]byte, error) {
	var b bytes.Buffer
	if err := toml.NewEncoder(&b).Encode(c); err != nil {
		return nil, fmt.Errorf("encode config: %w", err)
	}
	return b.Bytes(), nil
}
