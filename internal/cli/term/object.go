package term

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/amgen/amgen/internal/version"
)

// Object is the result of a command as --json prints it: one JSON object with the command, the version of amgen and the
// fields of the result, in this order. A result that is no object, or has a number that isn't finite, is an error.
func Object(command string, result any) ([]byte, error) {
	text, err := json.Marshal(result)
	var value *json.UnsupportedValueError
	if errors.As(err, &value) {
		return nil, fmt.Errorf("the result isn't finite (%s); check the samples and the reference for numbers that "+
			"are far too large", value.Str)
	} else if err != nil {
		return nil, fmt.Errorf("encode the result of %s: %w", command, err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, fmt.Errorf("encode the result of %s: %w", command, err)
	}
	head := struct {
		Command string `json:"command"`
		Version string `json:"version,omitempty"`
	}{Command: command}
	if _, has := fields["version"]; !has {
		head.Version = version.Amgen()
	}
	start, err := json.Marshal(head)
	if err != nil {
		return nil, fmt.Errorf("encode the result of %s: %w", command, err)
	}
	if len(fields) == 0 {
		return start, nil
	}
	return bytes.Join([][]byte{start[:len(start)-1], text[1:]}, []byte(",")), nil
}

// PrintObject prints the [Object] of a result.
func PrintObject(w io.Writer, command string, result any) error {
	text, err := Object(command, result)
	if err != nil {
		return err
	}
	return PrintJSON(w, text)
}
