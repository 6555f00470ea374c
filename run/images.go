package run

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/pkg/core/graph"
	mlcontext "github.com/gomlx/gomlx/pkg/ml/context"

	"github.com/amgen/amgen/backends/simd"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/imaging/fit"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/run/augmented"
	"github.com/amgen/amgen/unet"
)

// imageTask learns images by a U-Net.
type imageTask struct {
	cfg  Config
	net  unet.Config // for the images as they are
	path flows.Path

	field bool // the network is a vector field, not an action
}

// openImages fills in what is of images.
func (p *Plan) openImages() error {
	net, err := p.Config.network(p.Model.Path)
	if err != nil {
		return err
	}
	if err := p.Config.fits(net); err != nil {
		return err
	}
	field := p.Model.Objective.Motion().VectorField() // of a baseline
	t := imageTask{p.Config, net, p.Model.Path, field}
	p.task, p.images, p.Network = t, t, t.seen()
	model := unet.Action(p.Network)
	if field {
		model = unet.Network(p.Network)
	}
	p.Model.Action = flows.OnPath(model, p.Model.Path)
	if p.Network.Classes > 0 {
		p.Model.Classes, p.Model.ByClass = p.Network.Classes, p.byClass()
	}
	return nil
}

// byClass is the model of images that is told classes.
func (p *Plan) byClass() func(class *graph.Node) flows.Action {
	model := unet.ClassAction(p.Network)
	if p.images.field {
		model = unet.ClassNetwork(p.Network)
	}
	path := p.Model.Path
	return func(class *graph.Node) flows.Action {
		return flows.OnPath(func(vars *mlcontext.Context, t, x *graph.Node) *graph.Node {
			return model(vars, t, x, class)
		}, path)
	}
}

func (t imageTask) unit() string          { return "images" }
func (t imageTask) architecture() any     { return t.seen() }
func (t imageTask) params() int           { return t.seen().Params() }
func (t imageTask) flops(batch int) int64 { return t.seen().FLOPs(batch) }
func (t imageTask) places() int           { return t.net.Size * t.net.Size }

// seen is the network with the channels that it sees of the images.
func (t imageTask) seen() unet.Config {
	net := t.net
	net.Channels *= numbersSeen(t.path)
	return net
}

func (t imageTask) smaller() ([]*Plan, error) {
	var list []*Plan
	if t.cfg.ownNetwork() { // what is asked for is no preset's
		return nil, nil
	}
	for _, name := range slices.Backward(ImagePresets()) {
		net := unet.Presets[name]
		if net.Channels != t.net.Channels || net.Params() >= t.net.Params() || t.cfg.fits(net) != nil {
			continue
		}
		c, err := Preset(t.cfg.Dataset, name)
		if err != nil {
			return nil, err
		}
		c.Classes, c.ClassNames = t.cfg.Classes, t.cfg.ClassNames
		p, err := c.Plan(context.Background(), Output{}) // images are opened later
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

func (t imageTask) load(ctx context.Context, out Output) (*Data, error) {
	if t.cfg.Distill != "" {
		return t.loadDistilled()
	}
	images, err := LoadImages(ctx, t.cfg.Dataset, imaging.Train, t.cfg.imageOptions(t.net), out)
	if err != nil {
		return nil, err
	}
	d := &Data{Path: t.path, Size: int64(len(images.Images)),
		Prepare: imaging.Prepare(imaging.PrepareOptions{Flip: t.cfg.Flip}),
		source:  func(backend backends.Backend) *Source { return t.from(backend, images) }}
	if t.cfg.Augment > 0 {
		d.Prepare, d.Augment = nil, augmented.New(t.seen(), t.field, t.path, t.cfg.Flip, t.cfg.Augment)
	}
	if d.Classes, err = t.cfg.classesIn(images); err != nil {
		return nil, err
	}
	if d.Hash, err = json.Marshal(images.Hash()); err != nil {
		return nil, fmt.Errorf("encode hash: %w", err)
	}
	if d.Skipped, err = images.Found.SkippedJSON(); err != nil {
		return nil, err
	}
	if d.Batches, err = images.Batches(t.cfg.Batch, t.cfg.Seed); err != nil {
		return nil, mistake.Wrap(err)
	}
	return d, nil
}

func (t imageTask) source(ctx context.Context, backend backends.Backend, out Output) (*Source, error) {
	var images *imaging.Dataset
	if restores(t.path) {
		var err error
		if images, err = t.cfg.loadHeldOut(ctx, t.net, out); err != nil {
			return nil, err
		}
	}
	return t.from(backend, images), nil
}

func (t imageTask) from(backend backends.Backend, images *imaging.Dataset) *Source {
	return &Source{Path: t.path, Dims: []int{t.net.Size, t.net.Size, t.net.Channels}, backend: backend, images: images}
}

// WarnImages tells where images of the training split aren't those that a run was trained on up to a step: hash is what
// the checkpoint keeps of them under [HashKey], nil where it is too old. A distilled run saw no images of the data set.
func (p *Plan) WarnImages(images *imaging.Dataset, hash json.RawMessage, step int64, out Output) {
	if hash == nil || images.Split != imaging.Train || p.Config.Distill != "" {
		return
	}
	now, err := json.Marshal(images.Hash())
	if err != nil || bytes.Equal(now, hash) {
		return
	}
	out.logf("amgen: warning: the training images of %s are not those that the checkpoint of step %d was trained on "+
		"(hash %s, now %s)", images.Name, step, short(strings.Trim(string(hash), `"`)),
		short(strings.Trim(string(now), `"`)))
}

// HeldOut loads images that were not trained on, where there are any: the test split, else a folder's validation
// split, else the images of training, which the data set's Split tells.
func (p *Plan) HeldOut(ctx context.Context, out Output) (*imaging.Dataset, error) {
	if p.Config.Points() {
		return nil, mistake.New("%s has points, and this is for images", p.Config.Dataset)
	}
	return p.Config.loadHeldOut(ctx, p.images.net, out)
}

// ImageOptions are how a plan's images are loaded.
func (p *Plan) ImageOptions() imaging.Options { return p.Config.imageOptions(p.images.net) }

// loadHeldOut loads the images that were not trained on, where there are any: the test split, else a folder's
// validation split, else the images of training.
func (c Config) loadHeldOut(ctx context.Context, net unet.Config, out Output) (*imaging.Dataset, error) {
	if !isFolder(c.Dataset) {
		return LoadImages(ctx, c.Dataset, imaging.Test, c.imageOptions(net), out)
	}
	sayFolder(c.Dataset, out)
	splits, err := imaging.FolderSplits(ctx, c.Dataset)
	if err != nil {
		return nil, err
	}
	split := imaging.Train
	for _, s := range []imaging.Split{imaging.Val, imaging.Test} {
		if slices.Contains(splits, s) {
			split = s
		}
	}
	return loadImages(ctx, c.Dataset, split, c.imageOptions(net), out)
}

// imageOptions are how images must be brought to the network's shape.
func (c Config) imageOptions(net unet.Config) imaging.Options {
	opts := imaging.Options{Size: net.Size, Memory: simd.InstalledMemory()}
	if isFolder(c.Dataset) {
		opts.Channels, opts.Fit, opts.Strict = net.Channels, fit.Fit(c.Fit), c.Strict
	}
	return opts
}

// fits checks that the network takes the data set's images, and names the presets that do where it doesn't.
func (c Config) fits(net unet.Config) error {
	if c.Path == "color" && net.Channels != 3 {
		return mistake.New("{path} color colours images of 3 channels, preset %s has %d; use {dataset} cifar10",
			c.Preset, net.Channels)
	}
	if takes, err := takes(c.Dataset, net); takes || err != nil {
		return err
	}
	fitting, err := fittingPresets(c.Dataset)
	if err != nil {
		return err
	}
	info, err := imaging.Describe(c.Dataset, imaging.Options{})
	if err != nil {
		return mistake.Wrap(err)
	}
	if c.ownNetwork() {
		return mistake.New("the network takes %d×%d×%d images, %s has %d×%d×%d; use {channels} %d and a {size} of %d "+
			"or more", net.Size, net.Size, net.Channels, c.Dataset, info.Height, info.Width, info.Channels,
			info.Channels, max(info.Height, info.Width))
	}
	return mistake.New("preset %s takes %d×%d×%d images, %s has %d×%d×%d; use {preset} %s", c.Preset, net.Size,
		net.Size, net.Channels, c.Dataset, info.Height, info.Width, info.Channels, strings.Join(fitting, " or "))
}

// takes tells whether a network is one for the images of a data set.
func takes(dataset string, net unet.Config) (bool, error) {
	if isFolder(dataset) {
		return true, nil // brought to the network's shape
	}
	info, err := imaging.Describe(dataset, imaging.Options{})
	if err != nil {
		return false, mistake.Wrap(err)
	}
	return net.Channels == info.Channels && net.Size >= max(info.Height, info.Width), nil
}

// fittingPresets lists the presets that take a data set's images.
func fittingPresets(dataset string) ([]string, error) {
	var fitting []string
	for _, name := range ImagePresets() {
		ok, err := takes(dataset, unet.Presets[name])
		if err != nil {
			return nil, err
		}
		if ok {
			fitting = append(fitting, name)
		}
	}
	return fitting, nil
}
