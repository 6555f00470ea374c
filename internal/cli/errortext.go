package cli

import (
	"errors"
	"fmt"

	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/internal/terminal"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/train"
)

// errorLine is the text of an error, in which settings of package run are called by their flags, with what to type.
func errorLine(err error) string {
	text := mistake.Text(err, settingFlag)
	var none *run.NoRunError
	if errors.As(err, &none) {
		text += fmt.Sprintf("; `amgen train --dataset NAME --out %s` starts one", terminal.Word(string(none.Dir)))
	}
	var stopped *train.StopError
	if errors.As(err, &stopped) {
		text += "; " + hint(stopped)
	}
	return terminal.OneLine(text)
}

// hint is the command that continues the run.
func hint(stopped *train.StopError) string {
	how := "continues the run"
	if stopped.Saved == 0 {
		how = "starts again"
	}
	return fmt.Sprintf("`amgen train --resume --out %s` %s", terminal.Word(string(stopped.Dir)), how)
}
