// Package mistake has the errors about what a user has set.
//
// A library calls a setting by its key, and a command by its flag. So a format marks settings: {batch} stands for the
// setting batch, and {out|directory} for the setting out, which a library calls "directory". [Error.Error] says the
// keys; a command prints errors by [Text], and chooses the names.
package mistake

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Error says that settings are wrong, or don't go together.
type Error struct{ message }

// Failure says that work failed, in a text that names settings.
type Failure struct{ message }

// New makes an Error as [fmt.Errorf] does, of a format with marks. Marks in args stay as they are.
func New(format string, args ...any) error { return Error{newMessage(format, args)} }

// Wrap makes an Error of another error.
func Wrap(err error) error { return Error{newMessage("%w", []any{err})} }

// Fail makes a Failure as [New] makes an Error.
func Fail(format string, args ...any) error { return Failure{newMessage(format, args)} }

// OneOf returns an Error that lists what there is, and the name that may be meant, unless got is among known. An empty
// name in known is the default, and not listed.
func OneOf(setting, got string, known []string) error {
	if slices.Contains(known, got) {
		return nil
	}
	known = slices.DeleteFunc(slices.Clone(known), func(k string) bool { return k == "" })
	return New("unknown {"+setting+"} %q; there are %s%s", got, strings.Join(known, ", "), Meant(got, known))
}

// message is an error whose text names settings.
type message struct {
	format string
	args   []any
	err    error // with the settings called by their keys
}

func newMessage(format string, args []any) message {
	return message{format, args, fmt.Errorf(named(format, nil), args...)}
}

// Error calls settings by their keys.
func (m message) Error() string { return m.err.Error() }

// Unwrap returns what the error wraps.
func (m message) Unwrap() error { return m.err }

// text calls settings by a name each.
func (m message) text(name func(setting string) string) string {
	args := slices.Clone(m.args)
	for i, arg := range args {
		if err, ok := arg.(error); ok {
			args[i] = rendered(Text(err, name))
		}
	}
	return fmt.Errorf(named(m.format, name), args...).Error()
}

// rendered is an error by its text.
type rendered string

func (r rendered) Error() string { return string(r) }

var mark = regexp.MustCompile(`\{([a-z_]+)(?:\|([^{}]*))?\}`)

// named is a format whose marks are replaced: by names, or with nil by what a library says.
func named(format string, name func(setting string) string) string {
	return mark.ReplaceAllStringFunc(format, func(found string) string {
		parts := mark.FindStringSubmatch(found)
		switch {
		case name != nil:
			return name(parts[1])
		case strings.Contains(found, "|"):
			return parts[2]
		}
		return parts[1]
	})
}

// Text is the text of an error in which settings have the names that name gives them, in errors that it wraps as well.
func Text(err error, name func(setting string) string) string {
	switch e := err.(type) {
	case Error:
		return e.text(name)
	case Failure:
		return e.text(name)
	}
	var wrapped []error
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		wrapped = []error{e.Unwrap()}
	case interface{ Unwrap() []error }:
		wrapped = e.Unwrap()
	}
	text := err.Error()
	for _, inner := range wrapped {
		if inner == nil {
			continue
		}
		if was, now := inner.Error(), Text(inner, name); was != now {
			text = strings.Replace(text, was, now, 1)
		}
	}
	return text
}
