package cells

import (
	"errors"
	"io/fs"

	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/internal/mistake"
)

// asMistake makes an error of what was asked for a [run.ConfigError]; others stay.
func asMistake(err error) error {
	var option science.OptionError
	if errors.As(err, &option) || errors.Is(err, fs.ErrNotExist) {
		return mistake.Wrap(err)
	}
	return err
}
