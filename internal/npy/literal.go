package npy

import (
	"errors"
	"fmt"
	"strings"
)

// literal reads the literals of Python that headers have: texts, True and False, integers, tuples, lists, one
// dictionary.
type literal struct {
	rest  string
	depth int
}

// number is an integer as it was written, without Python 2's L.
type number string

// maxDepth bounds brackets within brackets.
const maxDepth = 8

var errCutOff = errors.New("it ends too early")

const space = " \t\r\n\f\v"

// next skips space and tells the character that follows, 0 at the end.
func (l *literal) next() byte {
	l.rest = strings.TrimLeft(l.rest, space)
	if l.rest == "" {
		return 0
	}
	return l.rest[0]
}

// take takes a character that must be next.
func (l *literal) take(c byte) error {
	switch got := l.next(); got {
	case c:
		l.rest = l.rest[1:]
		return nil
	case 0:
		return errCutOff
	default:
		return fmt.Errorf("%q where %q belongs", got, c)
	}
}

// dictionary reads all of the text as one dictionary with texts for keys.
func (l *literal) dictionary() (map[string]any, error) {
	entries := map[string]any{}
	if err := l.take('{'); err != nil {
		return nil, err
	}
	for l.next() != '}' {
		key, err := l.value()
		if err != nil {
			return nil, err
		}
		name, ok := key.(string)
		if _, twice := entries[name]; !ok || twice {
			return nil, fmt.Errorf("key %v", key)
		}
		if err := l.take(':'); err != nil {
			return nil, err
		}
		if entries[name], err = l.value(); err != nil {
			return nil, err
		}
		if l.next() == '}' {
			break
		}
		if err := l.take(','); err != nil {
			return nil, err
		}
	}
	l.rest = l.rest[1:]
	if strings.Trim(l.rest, space+"\x00") != "" { // some writers fill up with zeros
		return nil, errors.New("more after it")
	}
	return entries, nil
}

// value reads one literal.
func (l *literal) value() (any, error) {
	switch c := l.next(); {
	case c == 0:
		return nil, errCutOff
	case c == '\'' || c == '"':
		return l.text()
	case (c == 'u' || c == 'b') && len(l.rest) > 1 && (l.rest[1] == '\'' || l.rest[1] == '"'):
		l.rest = l.rest[1:]
		return l.text()
	case c == '(' || c == '[':
		return l.sequence()
	case c >= '0' && c <= '9' || c == '-':
		return l.integer(), nil
	}
	for word, value := range map[string]bool{"True": true, "False": false} {
		if rest, ok := strings.CutPrefix(l.rest, word); ok {
			l.rest = rest
			return value, nil
		}
	}
	return nil, fmt.Errorf("%.10q", l.rest)
}

// text reads what is between quotes; a backslash is never part of what an array of numbers has there.
func (l *literal) text() (string, error) {
	text, rest, ok := strings.Cut(l.rest[1:], l.rest[:1])
	if !ok {
		return "", errCutOff
	}
	if strings.ContainsRune(text, '\\') {
		return "", fmt.Errorf("a backslash in %.20q", text)
	}
	l.rest = rest
	return text, nil
}

func (l *literal) integer() number {
	end := len(l.rest) - len(strings.TrimLeft(l.rest[1:], "0123456789"))
	text := l.rest[:end]
	l.rest = strings.TrimPrefix(l.rest[end:], "L")
	return number(text)
}

// sequence reads a tuple or a list. A single value in round brackets is itself in Python, but no writer means that.
func (l *literal) sequence() ([]any, error) {
	if l.depth++; l.depth > maxDepth {
		return nil, errors.New("too many brackets")
	}
	defer func() { l.depth-- }()
	closing := byte(')')
	if l.rest[0] == '[' {
		closing = ']'
	}
	l.rest = l.rest[1:]
	values := []any{}
	for l.next() != closing {
		v, err := l.value()
		if err != nil {
			return nil, err
		}
		values = append(values, v)
		if l.next() == closing {
			break
		}
		if err := l.take(','); err != nil {
			return nil, err
		}
	}
	l.rest = l.rest[1:]
	return values, nil
}
