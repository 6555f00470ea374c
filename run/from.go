package run

import (
	"cmp"
	"slices"
	"strings"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/unet"
	"github.com/amgen/amgen/weights"
)

// learnedKeys are settings that say what a network has learned, beside those of the network.
var learnedKeys = []string{"objective", "sigma", "anneal", "cost_p", "path", "action", "classes", "augment"}

func bothFolders(a, b string) bool {
	_, first := imaging.CutFolder(a)
	_, second := imaging.CutFolder(b)
	return first && second
}

// Begins is the setting from of the file, "" for none.
func (f ConfigFile) Begins() (string, error) {
	var top Config
	_, err := f.read(&top)
	return top.From, err
}

// PresetFrom is [ConfigFile.Preset] of a run that begins with a pretrained network. Where neither preset nor the file
// names one, the network and what it learned are the pretrained one's, and the file's settings go over them. Where no
// data set is named, it is the pretrained one's, unless that is in files.
func (f ConfigFile) PresetFrom(dataset, preset string, p Pretrained) (Config, error) {
	var top Config
	if _, err := f.read(&top); err != nil {
		return Config{}, err
	}
	dataset = cmp.Or(dataset, top.Dataset)
	if _, folder := imaging.CutFolder(p.Config.Dataset); dataset == "" && !folder && !p.Config.snapshots() {
		dataset = p.Config.Dataset
	}
	if err := p.checkData(dataset); err != nil {
		return Config{}, err
	}
	if preset != "" || top.Preset != "" {
		return f.Preset(dataset, preset)
	}
	begin := p.Config.Preset
	if !presetKnown(begin) {
		begin = ""
	}
	c, err := Preset(dataset, begin)
	if err != nil {
		return Config{}, err
	}
	c.Preset, c.Convention = p.Config.Preset, p.Config.Convention
	_, had := science.OwnPath(p.Config.Dataset)
	_, has := science.OwnPath(dataset)
	for _, s := range settings {
		if s.Key == "path" && had != has { // data come with theirs, or don't
			continue
		}
		// How a preset of the user's own trains is known from the run alone. The decay ends with the new run's steps.
		trains := begin == "" && s.Key != "lr_decay_steps" && slices.Contains(presetKeys, s.Key)
		fits := s.Key == "fit" && bothFolders(dataset, p.Config.Dataset)
		if trains || fits || slices.Contains(networkKeys, s.Key) || slices.Contains(learnedKeys, s.Key) {
			s.Copy(&c, p.Config)
		}
	}
	err = c.Overlay(f, "")
	c.Dataset = dataset
	return c, err
}

// checkData refuses data that no run can learn which begins with the network. An unknown data set passes.
func (p Pretrained) checkData(dataset string) error {
	if KnownDataset(dataset) != nil {
		return nil
	}
	const advice = "leave {from} out, or name a model or a run of such "
	points := science.Known(dataset)
	if p.Config.Points() != points {
		kinds := map[bool]string{false: "images", true: "points"}
		return mistake.New("%s is for %s, and %s has %s; "+advice+"%s", p.Name, kinds[!points], dataset, kinds[points],
			kinds[points])
	}
	net := p.Config.whole()
	if points {
		return nil
	}
	if ok, err := takes(dataset, unet.Config{Size: net.Size, Channels: net.Channels}); ok || err != nil {
		return err
	}
	info, err := imaging.Describe(dataset, imaging.Options{})
	if err != nil {
		return mistake.Wrap(err)
	}
	return mistake.New("%s takes %d×%d×%d images, and %s has %d×%d×%d; "+advice+"images", p.Name, net.Size, net.Size,
		net.Channels, dataset, info.Height, info.Width, info.Channels)
}

// CheckFrom is [Plan.CheckPretrained] of the parameters that a run begins with. The error for another network is a
// [ConfigError], and says what to do.
func (p *Plan) CheckFrom(from Pretrained) error {
	if err := from.checkData(p.Config.Dataset); err != nil {
		return err
	}
	differences, err := p.differences(from)
	if err != nil {
		return err
	}
	if len(differences) == 0 {
		return p.CheckPretrained(from)
	}
	advice := "leave out {preset} and the settings that differ, and they are those of %[2]s"
	switch {
	case slices.ContainsFunc(differences, func(d string) bool { return strings.HasPrefix(d, "dim is") }):
		advice = "take data of as many coordinates, or leave {from} out"
	case from.Config.Classes && slices.ContainsFunc(differences, func(d string) bool {
		return strings.HasPrefix(d, "classes is")
	}):
		advice = "a class-conditional model can only be fine-tuned with {classes} and on data of as many classes; " +
			"take such data, or leave {from} out and train from the beginning"
	}
	return mistake.New("%[1]w than that of %[2]s: %[3]s; "+advice, weights.ErrArchitecture, from.Name,
		strings.Join(differences, ", "))
}
