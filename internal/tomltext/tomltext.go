// Package tomltext reads TOML as people write it: in the encodings of editors, with errors that say what to write
// instead.
package tomltext

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/amgen/amgen/internal/mistake"
)

// Schema describes what is decoded, for errors.
type Schema struct {
	// Field is the type of the field of a key.
	Field func(key string) (reflect.Type, bool)
	// Table is the name of the Go type of a table, and Advice what to say if something else is in its place.
	Table, Advice string
}

// DecodeAny reads TOML of any keys.
func DecodeAny(text []byte, into any) error {
	text, err := normal(text)
	if err != nil {
		return err
	}
	return toml.Unmarshal(text, into)
}

// Decode reads TOML over a struct, whose fields are all the keys that there may be. Its errors name the line, the
// column and what to do.
func Decode(text []byte, into any, schema Schema) error {
	if len(text) > mostBytes {
		return fmt.Errorf("%d bytes are too many for a configuration, which has at most %d", len(text), mostBytes)
	}
	text, err := normal(text)
	if err != nil {
		return err
	}
	err = toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(into)
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) {
		return unknownKeys(strict)
	}
	var wrong *toml.DecodeError
	if errors.As(err, &wrong) {
		return schema.mistake(text, wrong)
	}
	return err
}

// unknownKeys names the keys that a configuration doesn't have.
func unknownKeys(strict *toml.StrictMissingError) error {
	const shown = 5
	var keys []string
	for i, e := range strict.Errors {
		if i == shown {
			keys = append(keys, fmt.Sprintf("and %d more", len(strict.Errors)-shown))
			break
		}
		row, _ := e.Position()
		keys = append(keys, fmt.Sprintf("%s (line %d)", strings.Join(e.Key(), "."), row))
	}
	return mistake.Fail("unknown key %s; `amgen train` prints every key with {dry_run|a dry run}", strings.Join(keys,
		", "))
}
