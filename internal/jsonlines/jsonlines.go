// Package jsonlines keeps what a program has measured, a JSON object a line, so that it can go on after it was stopped.
package jsonlines

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Read returns the objects of a file that may not be there yet; "" is none. A last line that was cut is removed. Its
// error names a line that is no such object.
func Read[T any](path string) (list []T, err error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	whole := data[:bytes.LastIndexByte(data, '\n')+1]
	if len(whole) < len(data) {
		if err := os.WriteFile(path, whole, 0o644); err != nil {
			return nil, err
		}
	}
	for line := range bytes.Lines(whole) {
		var v T
		if err := json.Unmarshal(line, &v); err != nil {
			return nil, fmt.Errorf("record %s holds %.80q: %w; remove it", path, line, err)
		}
		list = append(list, v)
	}
	return list, nil
}

// Append adds an object to the end of a file; "" is none.
func Append(path string, v any) error {
	if path == "" {
		return nil
	}
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}
