package train

import (
	"fmt"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/run"
)

// folderPreset is the preset of a new run on a folder of pictures for which nothing else chooses one: the default of
// package run is for a GPU, and takes months on a CPU. It is "" where the choice isn't the command's: if a preset is
// given, by a --config file, which may have been written when the default was another, and by --from, which brings a
// network.
func (o *options) folderPreset(from string) string {
	_, folder := imaging.CutFolder(o.flags.Dataset)
	choice, err := engine.Parse(o.flags.Backend)
	if !folder || o.flags.Preset != "" || o.configFile != "" || from != "" || err != nil { // reported later
		return ""
	}
	if choice.GPU() {
		return run.DefaultPreset(o.flags.Dataset)
	}
	return flags.FolderPresetOnCPU
}

// sayPreset says why a preset was chosen.
func (o *options) sayPreset(cfg run.Config) string {
	on, other := "a CPU", fmt.Sprintf("on a GPU the default is %s", run.DefaultPreset(cfg.Dataset))
	if choice, err := engine.Parse(cfg.Backend); err == nil && choice.GPU() {
		on, other = "a GPU", fmt.Sprintf("on a CPU the default is %s", flags.FolderPresetOnCPU)
	}
	return fmt.Sprintf("preset %s, the default for a folder on %s; %s, and --preset chooses another", cfg.Preset, on,
		other)
}
