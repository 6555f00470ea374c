package run

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/internal/tomltext"
	"github.com/amgen/amgen/unet"
)

// presetKeys are what a table [presets.NAME] may have: the preset that it begins with, the network, and how it is
// trained.
var presetKeys = append([]string{"preset", "dropout", "steps", "batch", "optimizer", "lr", "warmup", "lr_decay",
	"lr_decay_steps", "clip", "ema", "ema_warmup", "flip", "classes", "sample_every"}, networkKeys...)

// ownPreset is a table [presets.NAME]. Its Preset is the one that it begins with.
type ownPreset struct {
	Config
	keys []string // that it has
}

// settingsFile is what a [ConfigFile] has: settings, and presets by their names.
type settingsFile struct {
	Config
	Presets map[string]Config `toml:"presets"`
}

// read lays the settings of the file over c, and returns its presets.
func (f ConfigFile) read(c *Config) (map[string]ownPreset, error) {
	file := settingsFile{Config: *c}
	if err := tomltext.Decode(f.Text, &file, schema); err != nil {
		return nil, mistake.New("config file %s: %w", f.Name, err)
	}
	*c = file.Config
	var raw map[string]any
	err := tomltext.DecodeAny(f.Text, &raw)
	if err == nil {
		err = checkZeros(raw)
	}
	tables, _ := raw["presets"].(map[string]any) // as they were decoded above
	own := map[string]ownPreset{}
	for _, name := range slices.Sorted(maps.Keys(file.Presets)) {
		table, _ := tables[name].(map[string]any)
		own[name] = ownPreset{file.Presets[name], slices.Sorted(maps.Keys(table))}
		if err == nil {
			err = checkZeros(table)
		}
		if err == nil {
			err = own[name].check(name)
		}
	}
	if err != nil {
		return nil, mistake.New("config file %s: %w", f.Name, err)
	}
	return own, nil
}

// check checks what doesn't depend on the data.
func (p ownPreset) check(name string) error {
	switch {
	case !ownName.MatchString(name):
		return mistake.Fail("[presets.%q] is no name; use at most 64 letters, digits, dots, hyphens and underscores",
			name)
	case presetKnown(name):
		return mistake.Fail("[presets.%s] has the name of a preset of amgen; choose another", name)
	case p.Preset != "" && !presetKnown(p.Preset):
		return mistake.Fail("preset = %q in [presets.%s] is none of amgen's, with which a preset begins; use one "+
			"of %s", p.Preset, name, strings.Join(append(ImagePresets(), PointPresets()...), ", "))
	}
	for _, key := range p.keys {
		if !slices.Contains(presetKeys, key) {
			return mistake.Fail("%s is no part of a preset; write it above [presets.%s]", key, name)
		}
	}
	return nil
}

// presetKnown tells whether amgen has a preset of that name.
func presetKnown(name string) bool {
	_, points := perceptron(name)
	_, images := unet.Presets[name]
	return points || images
}

// take lays a preset over c: all of its network, and its other settings.
func (c *Config) take(name string, p ownPreset) error {
	begin := Config{Dataset: c.Dataset, Preset: cmp.Or(p.Preset, DefaultPreset(c.Dataset))}
	begin.TimeScale = trainings[begin.Preset].timeScale
	if err := begin.checkPreset(); err != nil {
		return mistake.New("[presets.%s]: %w", name, err)
	}
	p.copy(&begin)
	p.copy(c)
	begin = begin.whole()
	for _, s := range networkSettings(c.Points()) {
		s.Copy(c, begin)
	}
	c.Preset = name
	return nil
}

// copy copies the settings that the table has.
func (p ownPreset) copy(to *Config) {
	for _, s := range settings {
		if s.Key != "preset" && slices.Contains(p.keys, s.Key) {
			s.Copy(to, p.Config)
		}
	}
}

// Preset is the configuration of a file, as [Preset] makes it: the defaults of a data set and a network, and over them
// what the file has. The names, unless empty, go before those in the file. The network is one of amgen's, one that a
// table [presets.NAME] of the file describes, or one that the file's own settings describe whole.
func (f ConfigFile) Preset(dataset, preset string) (Config, error) {
	var top Config
	own, err := f.read(&top)
	if err != nil {
		return Config{}, err
	}
	named, ownNetwork := top.Preset, top.ownNetwork()
	top.Dataset, top.Preset = cmp.Or(dataset, top.Dataset), cmp.Or(preset, named)
	if err := KnownDataset(top.Dataset); err != nil {
		return Config{}, err
	}
	if named != "" && top.Preset != named && ownNetwork {
		return Config{}, mistake.New("config file %s describes the network of its preset %s; to begin with {preset} "+
			"%s, take the network's settings out of it", f.Name, named, top.Preset)
	}
	begin := top.Preset
	if p, ok := own[begin]; ok {
		begin = p.Preset
	} else if begin != "" && !presetKnown(begin) {
		if err := top.checkOwn(); err != nil {
			return Config{}, err
		}
		begin = ""
	}
	c, err := Preset(top.Dataset, begin)
	if err != nil {
		return Config{}, err
	}
	err = c.Overlay(f, top.Preset)
	c.Dataset = top.Dataset
	return c, err
}

// ownNetwork tells whether the configuration itself has settings of a network, other than a run of its preset has.
func (c Config) ownNetwork() bool {
	if c.TimeScale == trainings[c.Preset].timeScale {
		c.TimeScale = 0
	}
	for _, s := range settings {
		if slices.Contains(networkKeys, s.Key) && s.isSet(c) {
			return true
		}
	}
	return false
}

// Overlay lays a file over c: keys that the file lacks keep their value, unknown keys are an error. A preset of the
// file comes before its other settings: the one of that name or, where it is empty, of the name in the file, or in c.
func (c *Config) Overlay(f ConfigFile, preset string) error {
	var top Config
	own, err := f.read(&top)
	if err != nil {
		return err
	}
	name := cmp.Or(preset, top.Preset, c.Preset)
	if f.isWhole() {
		c.beforeChoice()
	}
	if p, ok := own[name]; ok {
		if err := c.take(name, p); err != nil {
			return mistake.New("config file %s: %w", f.Name, err)
		}
	}
	begun := c.TimeScale
	if _, err := f.read(c); err != nil {
		return err
	}
	if top.Preset != name && top.TimeScale != 0 && top.TimeScale == trainings[top.Preset].timeScale {
		c.TimeScale = begun // the file has that of its preset
	}
	c.Preset = name
	return nil
}
