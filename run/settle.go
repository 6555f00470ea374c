package run

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/imaging/fit"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/unet"
)

// Settle returns the configuration with all that was left open: engine, estimator, weight, noise, cost, action and
// the steps of the decay by those that are meant, a folder by its absolute path. What it returns describes the run
// wherever it is resumed. It opens no data. Its error is a [ConfigError] where settings are wrong.
func (c Config) Settle() (Config, error) {
	err := c.settle()
	return c, err
}

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
		return mistake.Wrap(err)
	}
	c.Estimator = estimator.String()
	motion := objective.Motion()
	if c.Weight == flows.WeightNames()[0] {
		c.Weight = estimator.DefaultWeight(motion)
	}
	if motion.Diffusion != nil {
		c.Sigma = cmp.Or(c.Sigma, flows.DefaultSigma)
	}
	c.CostP = cmp.Or(c.CostP, 2)
	if c.EvalEvery == 0 || c.Points() {
		c.EvalSamples = 0
	}
	if !c.Classes {
		c.ClassNames = nil
	}
	if c.Attention != nil {
		c.Attention = c.whole().Attention
	}
	if err := c.settleAction(motion); err != nil {
		return err
	}
	if c.Steps == 0 {
		c.Steps = givenPathSteps
		if motion.Growth {
			c.Steps = givenPathGrowth
		}
	}
	if c.LRDecay != flows.DecayNames()[0] { // more steps of a resumed run must not change what was done
		c.LRSteps = cmp.Or(c.LRSteps, c.Steps)
	}
	if err := c.settleCoupling(motion); err != nil {
		return err
	}
	if err := c.settleFiles(); err != nil {
		return err
	}
	return CheckName("the data set", c.Dataset)
}

// settleFiles names files by their absolute paths.
func (c *Config) settleFiles() (err error) {
	if dir, ok := imaging.CutFolder(c.Dataset); ok {
		if dir, err = filepath.Abs(dir); err != nil {
			return fmt.Errorf("data set %s: %w", c.Dataset, err)
		}
		c.Dataset = imaging.FolderName(dir)
	}
	if c.Fit == string(fit.Crop) {
		c.Fit = ""
	}
	if c.Distill != "" {
		if c.Distill, err = filepath.Abs(c.Distill); err != nil {
			return fmt.Errorf("distill %s: %w", c.Distill, err)
		}
		c.Flip = false // the states of a mirrored image aren't known
	}
	if files, ok := science.CutSnapshots(c.Dataset); ok {
		if c.Dataset, err = absoluteSnapshots(files); err != nil {
			return err
		}
	}
	return nil
}

// How a perceptron makes an action, see [flows.MLP].
const (
	distanceAction = "distance"
	sumAction      = "sum"
)

var pointActions = []string{distanceAction, sumAction}

// PointActionNames lists the forms in which a perceptron makes an action of points.
func PointActionNames() []string { return slices.Clone(pointActions) }

// settleAction chooses the action of points, and refuses for growth one that has a single sign. Snapshots of a few
// hundred cells need the sum: its gradient stays bounded outside the data, where that of the distance grows with x, so
// that cells which leave the data are driven on (docs/measurements/snapshots.md).
func (c *Config) settleAction(motion flows.Dynamics) error {
	oneSigned := map[string]string{distanceAction: sumAction, unet.Quadratic.String(): unet.InnerProduct.String()}
	if c.Points() && c.Action == "" {
		c.Action = distanceAction
		if motion.Growth || c.snapshots() {
			c.Action = sumAction
		}
	}
	if other, refused := oneSigned[c.Action]; refused && motion.Growth {
		return mistake.New("{action} %s has a single sign, and with %s it is the growth rate of mass, which takes "+
			"both signs: use %s", c.Action, c.Objective, other)
	}
	return nil
}

// absoluteSnapshots is the data set of a file, or of a pair of files with a comma between.
func absoluteSnapshots(files string) (string, error) {
	list, inside := science.SplitSnapshots(files)
	if inside != "" {
		inside = "#" + inside
	}
	for i, file := range list {
		if file == "" {
			return "", mistake.New("no file of snapshots, got %s; write %s", science.SnapshotsName(files),
				science.SnapshotsName("FILE"))
		}
		abs, err := filepath.Abs(file)
		if err != nil {
			return "", fmt.Errorf("data set %s: %w", science.SnapshotsName(files), err)
		}
		list[i] = abs
	}
	return science.SnapshotsName(strings.Join(list, ",") + inside), nil
}
