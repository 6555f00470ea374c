package run

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/imaging/augment"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/unet"
)

// networkKeys are the settings of a network: of the U-Net of images, and the last of the perceptron of points.
var networkKeys = []string{"size", "channels", "base", "multipliers", "blocks", "attention", "patch", "time_scale",
	"hidden"}

// optionalKeys are those that have a default without a preset.
var optionalKeys = []string{"patch", "time_scale"}

// networkSettings are those of a network for points or for images.
func networkSettings(points bool) (list []Setting) {
	for _, s := range settings {
		if slices.Contains(networkKeys, s.Key) && (s.Key == "hidden") == points {
			list = append(list, s)
		}
	}
	return list
}

// whole is the configuration with all settings of its network, as its preset has those that it leaves out.
func (c Config) whole() Config {
	if mlp, ok := perceptron(c.Preset); ok && c.Points() && c.Hidden == nil {
		c.Hidden = mlp.Hidden
	}
	if net, ok := unet.Presets[c.Preset]; ok && !c.Points() {
		c.Size, c.Channels = cmp.Or(c.Size, net.Size), cmp.Or(c.Channels, net.Channels)
		c.Base, c.Blocks = cmp.Or(c.Base, net.Base), cmp.Or(c.Blocks, net.Blocks)
		c.Patch, c.TimeScale = cmp.Or(c.Patch, net.Patch), cmp.Or(c.TimeScale, net.TimeScale)
		if c.Multipliers == nil {
			c.Multipliers = net.Multipliers
		}
		if c.Attention == nil {
			c.Attention = net.Attention
		}
	}
	if !c.Points() {
		c.Patch, c.TimeScale = cmp.Or(c.Patch, 1), cmp.Or(c.TimeScale, unet.DefaultTimeScale)
	}
	if c.Attention != nil && len(c.Attention) == 0 {
		c.Attention = noAttention
	}
	return c
}

// WithNetwork is the configuration with all settings of its network, so that it stays what it is when a preset changes.
func (c Config) WithNetwork() Config { return c.whole() }

// Network names the network in words: its preset, and what is other than a new run of that has.
func (c Config) Network() string {
	_, images := unet.Presets[c.Preset]
	_, points := perceptron(c.Preset)
	var told []string
	preset := Config{Dataset: c.Dataset, Preset: c.Preset, TimeScale: trainings[c.Preset].timeScale}.whole()
	for _, s := range networkSettings(c.Points()) {
		if value := s.Text(c.whole()); value != s.Text(preset) {
			told = append(told, s.Key+" "+value)
		}
	}
	switch {
	case len(told) == 0:
		return c.Preset
	case images || points:
		return c.Preset + " with " + strings.Join(told, ", ")
	}
	return fmt.Sprintf("%s (%s)", c.Preset, strings.Join(told, ", "))
}

// Bounds of perceptrons. Within them no count overflows.
const (
	mostWidth  = 1 << 16
	mostLayers = 256
)

// checkHidden checks the layers of a perceptron.
func (c Config) checkHidden() error {
	if n := len(c.Hidden); n > mostLayers || n == 0 && c.Hidden != nil {
		return mistake.New("{hidden} must have from 1 to %d layers, got %d", mostLayers, n)
	}
	for _, width := range c.Hidden {
		if width < 1 || width > mostWidth {
			return mistake.New("{hidden} must have widths from 1 to %d, got %d", mostWidth, width)
		}
	}
	return nil
}

// perceptron is the network of points that the configuration asks for.
func (c Config) perceptron() (flows.MLP, error) {
	err := c.checkPreset()
	if err == nil {
		err = c.checkHidden()
	}
	return flows.MLP{Hidden: c.whole().Hidden}, err
}

var (
	conventions = []unet.Convention{unet.Amgen, unet.Authors}
	noAttention = []int{0} // but for the lowest resolution's
)

// network is the U-Net that the configuration asks for.
func (c Config) network(path flows.Path) (unet.Config, error) {
	if err := c.checkPreset(); err != nil {
		return unet.Config{}, err
	}
	all := c.whole()
	if all.Channels != 1 && all.Channels != 3 {
		return unet.Config{}, mistake.New("{channels} must be 1 for grey or 3 for colour, got %d", all.Channels)
	}
	net := unet.Config{Size: all.Size, Channels: all.Channels, Base: all.Base, Multipliers: all.Multipliers,
		Blocks: all.Blocks, Attention: all.Attention, Dropout: c.Dropout, BFloat16: c.Precision == BFloat16}
	if all.Patch != 1 { // the defaults are zero values, as checkpoints have them
		net.Patch = all.Patch
	}
	if all.TimeScale != unet.DefaultTimeScale {
		net.TimeScale = all.TimeScale
	}
	if slices.Equal(net.Attention, noAttention) {
		net.Attention = []int{}
	}
	if conditional, ok := path.(flows.Conditional); ok {
		net.ConditionChannels = conditional.ConditionChannels(net.Channels)
	}
	if c.Classes {
		net.Classes = len(c.ClassNames)
	}
	if c.Augment > 0 {
		net.Augment = augment.Labels
	}
	for _, form := range actionForms {
		if form.String() == c.Action {
			net.Form = form
		}
	}
	if c.Convention != "" {
		i := slices.IndexFunc(conventions, func(v unet.Convention) bool { return v.String() == c.Convention })
		if i < 0 {
			return net, mistake.New("unknown convention %q; use one of %v", c.Convention, conventions)
		}
		net.Convention = conventions[i]
	}
	return net, settingOf(net.Validate())
}

// settingOf is the error of a field of a U-Net as that of the setting.
func settingOf(err error) error {
	var wrong *unet.FieldError
	if !errors.As(err, &wrong) {
		return err
	}
	for _, s := range settings {
		if strings.EqualFold(strings.ReplaceAll(s.Key, "_", ""), wrong.Field) {
			return mistake.New("{"+s.Key+"} %s", wrong.Problem)
		}
	}
	return mistake.Wrap(err)
}

// ownName is what a user may call a preset. It is printed and kept in files.
var ownName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// checkOwn checks a preset that amgen doesn't have: the configuration has to have all of its network.
func (c Config) checkOwn() error {
	var lacks []string
	set := 0
	for _, s := range networkSettings(c.Points()) {
		if s.isSet(c) {
			set++
		} else if !slices.Contains(optionalKeys, s.Key) {
			lacks = append(lacks, "{"+s.Key+"}")
		}
	}
	switch {
	case set == 0:
		presets := append(ImagePresets(), PointPresets()...)
		return mistake.New("unknown {preset} %q; there are %s, and those that a table [presets.NAME] of a "+
			"{config|configuration file} describes%s", c.Preset, strings.Join(presets, ", "),
			mistake.Meant(c.Preset, presets))
	case !ownName.MatchString(c.Preset):
		return mistake.New("{preset} %q is no name for a network; use at most 64 letters, digits, dots, "+
			"hyphens and underscores", c.Preset)
	case len(lacks) > 0:
		return mistake.New("amgen has no {preset} %s, so its network has to be told whole: it lacks "+
			strings.Join(lacks, ", ")+"; set them, or name a preset that amgen has, to begin with", c.Preset)
	}
	return nil
}
