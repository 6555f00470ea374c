package run

import (
	"errors"
	"io/fs"

	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/internal/tomltext"
)

// ConfigFile is a file of TOML with settings. The zero value has none.
type ConfigFile struct {
	Name string
	Text []byte
}

// ReadConfigFile reads a file once, so that it may be a pipe. It opens no device and no FIFO but those that a shell has
// opened already, and reads 1 MiB at most. Its errors are [ConfigError].
func ReadConfigFile(name string) (ConfigFile, error) {
	text, err := tomltext.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return ConfigFile{}, mistake.New("no config file %s", name)
	} else if err != nil {
		return ConfigFile{}, mistake.New("config file: %w; name a TOML file that can be read", err)
	}
	return ConfigFile{name, text}, nil
}

// Decode reads TOML over c: keys that it lacks keep their value, unknown keys are an error. Its errors name the line,
// the column and what to do.
func (c *Config) Decode(text []byte) error {
	if err := tomltext.Decode(text, c, schema); err != nil {
		return err
	}
	var raw map[string]any
	if err := tomltext.DecodeAny(text, &raw); err != nil {
		return err
	}
	return checkZeros(raw)
}

// checkZeros refuses a network's setting that is 0: in a [Config] that stands for the preset's.
func checkZeros(raw map[string]any) error {
	for _, key := range networkKeys {
		value, told := raw[key]
		if told && value == 0.0 {
			return mistake.Fail("{" + key + "} must be more than 0, got 0; leave it out for the preset's")
		}
		if told && value == int64(0) {
			return mistake.Fail("{" + key + "} must be at least 1, got 0; leave it out for the preset's")
		}
	}
	return nil
}

// schema is for the errors of what isn't a configuration.
var schema = tomltext.Schema{Field: fieldOf, Table: "run.Config",
	Advice: "a preset is a table, as in [presets.NAME] with its settings in lines below"}
