package weights

import (
	"cmp"
	"fmt"

	"github.com/amgen/amgen/internal/cli/files"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/terminal"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/unet"
)

// bareConfig is the configuration that import begins with where a file has none: the preset's on a data set, by default
// the usual images of that kind, with the time scale that the network in PyTorch has.
func bareConfig(dataset, preset string) (run.Config, error) {
	if dataset == "" {
		dataset = usualImages(preset)
	}
	cfg, err := run.Preset(dataset, preset)
	cfg.TimeScale = 0 // that of unet.Presets
	return cfg, err
}

// usualImages is the data set that a preset for images is usually trained on, "" for other presets.
func usualImages(preset string) string {
	if net, ok := unet.Presets[preset]; ok {
		return map[int]string{1: "mnist", 3: "cifar10"}[net.Channels]
	}
	return ""
}

// tellBare says what import takes an image network for where the file has no configuration.
func tellBare(file string, cfg run.Config, std term.Streams) {
	fmt.Fprintf(std.Err, "weights: %s doesn't say how its network was trained; taken: --objective %s --path %s "+
		"--action %s --time-scale %g. Another one of these makes other pictures: pass it if it was trained otherwise\n",
		term.Shown(file), cfg.Objective, cfg.Path, cfg.Action, cfg.WithNetwork().TimeScale)
}

// tellImport says how a state dictionary of a run is imported as what it is.
func tellImport(file string, cfg run.Config, std term.Streams) error {
	if file == files.Stdout {
		file = "FILE"
	}
	command, err := importCommand(file, cfg)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.Err, "weights: `weights import` takes it without flags; what PyTorch saves of it has no "+
		"configuration, and is imported by `%s`\n", command)
	return nil
}

// importCommand is the command that imports a file without a configuration as the run that has one.
func importCommand(file string, cfg run.Config) (string, error) {
	preset := cfg.Preset
	if _, known := unet.Presets[preset]; !known { // one of the user's own: the settings of its network follow
		preset = run.ImagePresets()[0]
	}
	bare, err := bareConfig("", preset)
	if err != nil {
		return "", err
	}
	is := cfg.WithNetwork()
	plain := bare.WithNetwork()
	is.Preset, plain.Preset = "", ""
	words := []string{"amgen", "weights", "import", file, "--preset", preset}
	for _, key := range importFlags {
		for _, s := range run.Settings() {
			value := s.Text(is)
			if s.Key != key || value == s.Text(plain) {
				continue
			}
			if _, truth := s.Pointer(&is).(*bool); truth {
				words = append(words, flags.SettingFlag(key)+"="+value)
				continue
			}
			words = append(words, flags.SettingFlag(key), cmp.Or(value, "0"))
		}
	}
	return terminal.Words(append(words, "--out", "DIR")), nil
}
