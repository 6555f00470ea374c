package inception

import (
	"bytes"
	"fmt"
	"strconv"
)

// literal parses the part of JavaScript that minified data are written in: objects with plain or quoted keys, arrays,
// strings without escapes, numbers such as -.5, null, and !0 and !1 for true and false. Objects become map[string]any,
// arrays []any, numbers float64. Nothing is run.
type literal struct {
	text  []byte
	at    int
	depth int
}

// maxDepth bounds the nesting of what a file may hold.
const maxDepth = 20

func (p *literal) errorf(format string, args ...any) error {
	return fmt.Errorf("inception: model script, got %s at byte %d; fetch it again", fmt.Sprintf(format, args...), p.at)
}

// skip consumes c if it comes next.
func (p *literal) skip(c byte) bool {
	if p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

// word consumes the characters of which every one is in set.
func (p *literal) word(set string) string {
	from := p.at
	for p.at < len(p.text) && bytes.IndexByte([]byte(set), p.text[p.at]) >= 0 {
		p.at++
	}
	return string(p.text[from:p.at])
}

const (
	digits  = "0123456789"
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$"
)

func (p *literal) value() (any, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.errorf("data nested more than %d times", maxDepth)
	}
	defer func() { p.depth-- }()
	if p.at == len(p.text) {
		return nil, p.errorf("its end")
	}
	switch c := p.text[p.at]; {
	case c == '{':
		return p.object()
	case c == '[':
		return p.array()
	case c == '"':
		return p.quoted()
	case c == '!':
		p.at++
		if p.skip('0') {
			return true, nil
		}
		if p.skip('1') {
			return false, nil
		}
	case c == 'n':
		if p.word(letters) == "null" {
			return nil, nil
		}
	default:
		word := p.word(digits + ".+-eE")
		if x, err := strconv.ParseFloat(word, 64); err == nil {
			return x, nil
		}
	}
	return nil, p.errorf("neither data nor a number")
}

func (p *literal) object() (any, error) {
	p.at++
	object := map[string]any{}
	for !p.skip('}') {
		if len(object) > 0 && !p.skip(',') {
			return nil, p.errorf("no comma")
		}
		key := p.word(letters + digits)
		if key == "" {
			var err error
			if key, err = p.quoted(); err != nil {
				return nil, err
			}
		}
		if _, twice := object[key]; twice || !p.skip(':') {
			return nil, p.errorf("a malformed entry %.40q", key)
		}
		value, err := p.value()
		if err != nil {
			return nil, err
		}
		object[key] = value
	}
	return object, nil
}

func (p *literal) array() (any, error) {
	p.at++
	array := []any{}
	for !p.skip(']') {
		if len(array) > 0 && !p.skip(',') {
			return nil, p.errorf("no comma")
		}
		value, err := p.value()
		if err != nil {
			return nil, err
		}
		array = append(array, value)
	}
	return array, nil
}

func (p *literal) quoted() (string, error) {
	if !p.skip('"') {
		return "", p.errorf("no text")
	}
	end := bytes.IndexAny(p.text[p.at:], "\"\\\n")
	if end < 0 || p.text[p.at+end] != '"' {
		return "", p.errorf("a text without a plain end")
	}
	text := string(p.text[p.at : p.at+end])
	p.at += end + 1
	return text, nil
}
