package flags

import (
	"errors"
	"fmt"

	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/internal/terminal"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/train"
)

// ErrorText is the text of an error, in which settings of package run are called by their flags, with what to type.
func ErrorText(err error) string {
	text := mistake.Text(err, SettingFlag)
	var none *run.NoRunError
	if errors.As(err, &none) {
		text += fmt.Sprintf("; `amgen train --dataset NAME --out %s` starts one", terminal.Word(string(none.Dir)))
	}
	var stopped *train.StopError
	if errors.As(err, &stopped) {
		text += "; " + ResumeHint(stopped)
	}
	return terminal.OneLine(text)
}

// ResumeHint is the command that continues the run.
func ResumeHint(stopped *train.StopError) string {
	how := "continues the run"
	if stopped.Saved == 0 {
		how = "starts again"
	}
	return fmt.Sprintf("`amgen train --resume --out %s` %s", terminal.Word(string(stopped.Dir)), how)
}
