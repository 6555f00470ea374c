package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/backends"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/unet"
	"github.com/amgen/amgen/weights"
)

// imageTask learns images by a U-Net.
type imageTask struct {
	cfg  Config
	net  unet.Config // for the images as they are
	path flows.Path
}

func newImageTask(c Config) (task, error) {
	net, err := c.network()
	if err != nil {
		return nil, err
	}
	path, err := c.path()
	if err != nil {
		return nil, err
	}
	return imageTask{c, net, path}, c.fits(net)
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

func (t imageTask) model(objective flows.Objective) flows.Action {
	return flows.OnPath(modelOf(t.seen(), objective), t.path)
}

func (t imageTask) smaller() ([]Config, error) {
	var list []Config
	for _, name := range slices.Backward(presetNames()) {
		net := unet.Presets[name]
		if net.Channels != t.net.Channels || net.Params() >= t.net.Params() || t.cfg.fits(net) != nil {
			continue
		}
		c, err := presetConfig(t.cfg.Dataset, name)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

func (t imageTask) load(ctx context.Context, std streams) (material, error) {
	images, err := loadDataset(ctx, t.cfg.Dataset, imaging.Train, t.cfg.dataOptions(t.net), std)
	if err != nil {
		return material{}, err
	}
	m := material{path: t.path, size: int64(len(images.Images)), prepare: imaging.Prepare(imaging.PrepareOptions{Flip: t.cfg.Flip}),
		exhibit: func(backend backends.Backend) exhibit {
			return &imageSource{backend: backend, along: t.path, net: t.net, images: images}
		}}
	if m.hash, err = json.Marshal(images.Hash()); err != nil {
		return m, fmt.Errorf("encode hash: %w", err)
	}
	if m.batches, err = images.Batches(t.cfg.Batch, t.cfg.Seed); err != nil {
		return m, usageError{err}
	}
	return m, nil
}

func (t imageTask) exhibit(ctx context.Context, backend backends.Backend, std streams) (exhibit, error) {
	from := &imageSource{backend: backend, along: t.path, net: t.net}
	var err error
	if tiles(t.path) > 1 {
		from.images, err = t.cfg.loadHeldOut(ctx, t.net, std)
	}
	return from, err
}

// match takes any checkpoint: of images the network needs nothing from the data.
func (t imageTask) match(*weights.Checkpoint, streams) error { return nil }

// sayOtherImages warns where images, if they are those that a run was trained on, have changed since.
func sayOtherImages(c *weights.Checkpoint, images *imaging.Dataset, std streams) {
	if c == nil || c.Extra[dataHash] == nil || images.Split != imaging.Train {
		return
	}
	now, err := json.Marshal(images.Hash())
	if err != nil || bytes.Equal(now, c.Extra[dataHash]) {
		return
	}
	fmt.Fprintf(std.err, "amgen: warning: the training images of %s are not those that the checkpoint of step %d was trained on (hash %s, now %s)\n", images.Name,
		c.Step, short(strings.Trim(string(c.Extra[dataHash]), `"`)), short(strings.Trim(string(now), `"`)))
}

func (t imageTask) checkOutput(o *sampleOptions) error {
	tiles := tiles(t.path)
	switch {
	case o.kind() == ".csv" && !o.manyFiles():
		return usagef("-o %s: .csv is for points, and %s was trained on images; use .png, .gif, .npz or .npy", o.out, o.run)
	case o.look().ways:
		return usagef("-o %s: a .png with --times shows the ways of points, and %s was trained on images; use .gif or .npz", o.out, o.run)
	case o.manyFiles() || !o.pictures():
		return nil
	}
	if err := imaging.CheckGrid(o.n*tiles, t.net.Size, t.net.Size, o.look().grid(o.n, tiles)); err != nil {
		return usageError{err}
	}
	return nil
}

var conventions = []unet.Convention{unet.Amgen, unet.Authors}

// network is the U-Net that the configuration asks for.
func (c Config) network() (unet.Config, error) {
	if c.points() {
		return unet.Config{}, usagef("%s has points, and this is for images; `amgen eval points` judges runs on points", c.Dataset)
	}
	net, err := unet.Preset(c.Preset)
	if err != nil {
		return net, usageError{err}
	}
	_, path, _, err := c.flow()
	if err != nil {
		return net, err
	}
	if conditional, ok := path.(flows.Conditional); ok {
		net.ConditionChannels = conditional.ConditionChannels(net.Channels)
	}
	net.Dropout, net.BFloat16 = c.Dropout, c.Precision == bfloat16Precision
	for _, form := range actionForms {
		if form.String() == c.Action {
			net.Form = form
		}
	}
	if c.Convention != "" {
		i := slices.IndexFunc(conventions, func(v unet.Convention) bool { return v.String() == c.Convention })
		if i < 0 {
			return net, usagef("unknown convention %q; use one of %v", c.Convention, conventions)
		}
		net.Convention = conventions[i]
	}
	if err := net.Validate(); err != nil {
		return net, usageError{err}
	}
	return net, nil
}

// modelOf makes what the objective learns of the network: an action, or the vector field of a baseline.
func modelOf(net unet.Config, objective flows.Objective) flows.Action {
	if objective.Motion().VectorField() {
		return unet.Network(net)
	}
	return unet.Action(net)
}

// loadHeldOut loads the images that were not trained on, where there are any: the test split, else a folder's validation
// split, else the images of training.
func (c Config) loadHeldOut(ctx context.Context, net unet.Config, std streams) (*imaging.Dataset, error) {
	if !strings.HasPrefix(c.Dataset, "folder:") {
		return loadDataset(ctx, c.Dataset, imaging.Test, c.dataOptions(net), std)
	}
	sayFolder(c.Dataset, std)
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
	return loadSaying(ctx, c.Dataset, split, c.dataOptions(net), std)
}

// dataOptions are how images must be brought to the network's shape.
func (c Config) dataOptions(net unet.Config) imaging.Options {
	opts := imaging.Options{Size: net.Size}
	if strings.HasPrefix(c.Dataset, "folder:") {
		opts.Channels = net.Channels
	}
	return opts
}

// fits checks that the network takes the data set's images, and names the presets that do where it doesn't.
func (c Config) fits(net unet.Config) error {
	if c.Path == "color" && net.Channels != 3 {
		return usagef("--path color colours images of 3 channels, preset %s has %d; use --dataset cifar10", c.Preset, net.Channels)
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
		return usageError{err}
	}
	return usagef("preset %s takes %d×%d×%d images, %s has %d×%d×%d; use --preset %s", c.Preset, net.Size, net.Size,
		net.Channels, c.Dataset, info.Height, info.Width, info.Channels, strings.Join(fitting, " or "))
}

// takes tells whether a network is one for the images of a data set.
func takes(dataset string, net unet.Config) (bool, error) {
	if strings.HasPrefix(dataset, "folder:") {
		return true, nil // brought to the network's shape
	}
	info, err := imaging.Describe(dataset, imaging.Options{})
	if err != nil {
		return false, usageError{err}
	}
	return net.Channels == info.Channels && net.Size >= max(info.Height, info.Width), nil
}

// fittingPresets lists the presets that take a data set's images.
func fittingPresets(dataset string) ([]string, error) {
	var fitting []string
	for _, name := range presetNames() {
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
