package weights

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// entry is a tensor of the header, before its data were read.
type entry struct {
	tensor     Tensor // without data
	begin, end int64
}

// Bounds of a header, within which its memory is in proportion to the file: reading a tensor's entry takes up to 2 kB,
// of a header that may have one for 50 bytes, and a text some times its length.
const (
	freeTensors    = 1 << 11 // in a file of any size
	bytesPerTensor = 1 << 10 // of the file, for each that is more
	maxMetadata    = 1 << 10 // texts
	maxText        = 1 << 20 // bytes of a name, a text of the metadata or a number
)

// maxTensors is how many a file of so many bytes may have.
func maxTensors(size int64) int { return freeTensors + int(size/bytesPerTensor) }

// checkTexts refuses a header with a text or a number that is too long, before a parser holds it.
func checkTexts(header []byte) error {
	begin, quoted := 0, false
	for at := 0; at < len(header); at++ {
		c := header[at]
		switch {
		case quoted && c == '\\':
			at++ // what follows is no end
		case c == '"':
			begin, quoted = at, !quoted
		case !quoted && bytes.IndexByte([]byte("{}[]:, \t\r\n"), c) >= 0:
			begin = at
		}
		if at-begin > maxText+1 { // a quotation mark is none of its bytes
			return headerError("a text of more than %d bytes", maxText)
		}
	}
	return nil
}

// headerParser walks the JSON header token by token, which bounds its depth and sees names that occur
// twice; decoding into a map would take the last of them.
type headerParser struct{ *json.Decoder }

// parseHeader reads the JSON header of a file of size bytes strictly: one object of tensors and perhaps text metadata,
// and nothing but spaces behind it.
func parseHeader(text []byte, size int64) (metadata map[string]string, entries []entry, err error) {
	if text[0] != '{' {
		return nil, nil, headerError("it begins with %q", text[0])
	}
	if err := checkTexts(text); err != nil {
		return nil, nil, err
	}
	p := headerParser{json.NewDecoder(bytes.NewReader(text))}
	p.UseNumber()
	seen := map[string]bool{}
	err = p.object(func(name string) error {
		if seen[name] {
			return headerError("the name %.100q occurs twice", name)
		}
		seen[name] = true
		if name == metadataKey {
			metadata = map[string]string{}
			return p.metadata(metadata)
		}
		if len(entries) == maxTensors(size) {
			return headerError("more than %d tensors in a file of %d bytes", len(entries), size)
		}
		e, err := p.entry(name)
		entries = append(entries, e)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if _, err := p.Token(); err != io.EOF {
		return nil, nil, headerError("something follows the object")
	}
	return metadata, entries, nil
}

func headerError(format string, args ...any) error {
	return fmt.Errorf("weights: %w: safetensors header, got a malformed one (%s); write the file again", ErrCorrupt,
		fmt.Sprintf(format, args...))
}

func (p headerParser) token() (json.Token, error) {
	t, err := p.Token()
	if err != nil {
		return nil, headerError("%v", err)
	}
	return t, nil
}

func (p headerParser) expect(want json.Delim) error {
	t, err := p.token()
	if err == nil && t != want {
		return headerError("%.100q instead of %q", fmt.Sprint(t), want)
	}
	return err
}

// object reads { "key": … }, handing each key to visit, which must consume the value.
func (p headerParser) object(visit func(key string) error) error {
	if err := p.expect('{'); err != nil {
		return err
	}
	for p.More() {
		key, err := p.text()
		if err != nil {
			return err
		}
		if err := visit(key); err != nil {
			return err
		}
	}
	return p.expect('}')
}

func (p headerParser) text() (string, error) {
	t, err := p.token()
	if err != nil {
		return "", err
	}
	s, ok := t.(string)
	if !ok {
		return "", headerError("%.100q instead of text", fmt.Sprint(t))
	}
	return s, nil
}

// integers reads a list of at most limit non-negative integers.
func (p headerParser) integers(limit int) ([]int64, error) {
	if err := p.expect('['); err != nil {
		return nil, err
	}
	list := []int64{}
	for p.More() {
		t, err := p.token()
		if err != nil {
			return nil, err
		}
		number, ok := t.(json.Number)
		n, err := strconv.ParseInt(string(number), 10, 64)
		if !ok || err != nil || n < 0 || len(list) == limit {
			return nil, headerError("%.100q in a list of at most %d sizes", fmt.Sprint(t), limit)
		}
		list = append(list, n)
	}
	return list, p.expect(']')
}

func (p headerParser) metadata(into map[string]string) error {
	return p.object(func(key string) error {
		if _, twice := into[key]; twice {
			return headerError("the metadata %.100q occur twice", key)
		}
		if len(into) == maxMetadata {
			return headerError("more than %d texts of metadata", maxMetadata)
		}
		value, err := p.text()
		into[key] = value
		return err
	})
}

// entry reads one tensor's object: dtype, shape and data_offsets, each exactly once.
func (p headerParser) entry(name string) (e entry, err error) {
	e.tensor.Name = name
	seen := map[string]bool{}
	err = p.object(func(key string) error {
		if seen[key] {
			return headerError("%.100q of %.100q occurs twice", key, name)
		}
		seen[key] = true
		switch key {
		case "dtype":
			text, err := p.text()
			if err != nil {
				return err
			}
			var known bool
			if e.tensor.DType, known = dtypeByName(text); !known && otherTypes[text] {
				return fmt.Errorf(
					"weights: %w: safetensors file, got type %s of tensor %.100q; convert it to one of %s",
					ErrUnsupported, text, name, dtypeNames())
			} else if !known {
				return headerError("%.100q has type %.20q; known are %s", name, text, dtypeNames())
			}
		case "shape":
			list, err := p.integers(maxRank)
			e.tensor.Shape = make([]int, len(list))
			for i, n := range list {
				e.tensor.Shape[i] = int(n)
			}
			return err
		case "data_offsets":
			list, err := p.integers(2)
			if err != nil {
				return err
			}
			if len(list) != 2 {
				return headerError("%.100q has %d offsets", name, len(list))
			}
			e.begin, e.end = list[0], list[1]
		default:
			return headerError("%.100q has the unknown property %.100q", name, key)
		}
		return nil
	})
	if err == nil && len(seen) != 3 {
		return e, headerError("%.100q lacks its type, shape or offsets", name)
	}
	return e, err
}

// checkLayout demands that the tensors tile size bytes of data exactly, each with the length that its
// type and shape give.
func checkLayout(entries []entry, size int64) error {
	byOffset := slices.Clone(entries)
	slices.SortFunc(byOffset, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end))
	})
	at := int64(0)
	for _, e := range byOffset {
		if e.begin != at || e.end < e.begin || e.end > size {
			return headerError("%.100q lies at %d…%d, where %d…%d is free", e.tensor.Name, e.begin, e.end, at, size)
		}
		at = e.end
		width, _ := dtypeSize(e.tensor.DType)
		n, ok := elements(e.tensor.Shape)
		if length := e.end - e.begin; !ok || length%int64(width) != 0 || int64(n) != length/int64(width) {
			return headerError("%.100q of shape %v has %d bytes", e.tensor.Name, e.tensor.Shape, length)
		}
	}
	if at != size {
		return headerError("%d bytes of data belong to no tensor", size-at)
	}
	return nil
}
