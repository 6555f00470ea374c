package run

import (
	"cmp"
	"slices"

	"github.com/amgen/amgen/imaging"
)

// learnedKeys are settings that say what a network has learned, beside those of the network.
var learnedKeys = []string{"objective", "sigma", "anneal", "cost_p", "path", "action", "classes"}

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
	for _, s := range settings {
		if slices.Contains(networkKeys, s.Key) || slices.Contains(learnedKeys, s.Key) {
			s.Copy(&c, p.Config)
		}
	}
	err = c.Overlay(f, "")
	c.Dataset = dataset
	return c, err
}
