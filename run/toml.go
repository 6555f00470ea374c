package run

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"

	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/internal/replace"
)

// mostConfig bounds a configuration in bytes. What amgen writes has 2 kB.
const mostConfig = 1 << 20

// ConfigFile is a file of TOML with settings. The zero value has none.
type ConfigFile struct {
	Name string
	Text []byte
}

// ReadConfigFile reads a file once, so that it may be a pipe. It opens no device and no FIFO but those that a shell has
// opened already, and reads 1 MiB at most. Its errors are [ConfigError].
func ReadConfigFile(name string) (ConfigFile, error) {
	text, err := readConfigFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return ConfigFile{}, mistake.New("no config file %s", name)
	} else if err != nil {
		return ConfigFile{}, mistake.New("config file: %w; name a TOML file that can be read", err)
	}
	return ConfigFile{name, text}, nil
}

// Decode reads TOML over c: keys that it lacks keep their value, unknown keys are an error. Its errors name the line,
// the column and what to do.
func (c *Config) Decode(text []byte) error {
	if err := decode(text, c); err != nil {
		return err
	}
	var raw map[string]any
	if err := decodeAny(text, &raw); err != nil {
		return err
	}
	return checkZeros(raw)
}

// checkZeros refuses a network's setting that is 0: in a [Config] that stands for the preset's.
func checkZeros(raw map[string]any) error {
	for _, key := range networkKeys {
		value, told := raw[key]
		if told && value == 0.0 {
			return mistake.Fail("{" + key + "} must be more than 0, got 0; leave it out for the preset's")
		}
		if told && value == int64(0) {
			return mistake.Fail("{" + key + "} must be at least 1, got 0; leave it out for the preset's")
		}
	}
	return nil
}

// decodeAny reads TOML of any keys.
func decodeAny(text []byte, into any) error {
	text, err := tomlText(text)
	if err != nil {
		return err
	}
	return toml.Unmarshal(text, into)
}

// decode reads TOML over a struct, whose fields are all the keys that there may be.
func decode(text []byte, into any) error {
	if len(text) > mostConfig {
		return fmt.Errorf("%d bytes are too many for a configuration, which has at most %d", len(text), mostConfig)
	}
	text, err := tomlText(text)
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
		return tomlMistake(text, wrong)
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

// openPipes are the names of what a shell has opened for a program, as in --config <(amgen train --dry-run …).
var openPipes = regexp.MustCompile(`^/dev/(stdin|fd/\d+)$|^/proc/self/fd/\d+$`)

// readConfigFile reads a configuration. It opens no device and no FIFO, which could be without end or wait for ever,
// but for those that a shell has opened already.
func readConfigFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	piped := openPipes.MatchString(path) && info.Mode()&os.ModeCharDevice == 0
	switch {
	case info.IsDir():
		return nil, fmt.Errorf("%s is a directory", path)
	case !info.Mode().IsRegular() && !piped:
		return nil, fmt.Errorf("%s is %s, not a regular file", path, replace.Kind(info.Mode()))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, mostConfig+1))
	if err != nil {
		return nil, err
	}
	if len(text) > mostConfig {
		return nil, fmt.Errorf("%s is larger than %d bytes, the most that a configuration has", path, mostConfig)
	}
	return text, nil
}

// tomlText makes TOML's own form of a text that an editor saved in another: without a byte-order mark, from UTF-16,
// with lines that end in \n. In valid TOML it changes nothing but the ends of lines.
func tomlText(text []byte) ([]byte, error) {
	order := map[string]binary.ByteOrder{"\xff\xfe": binary.LittleEndian,
		"\xfe\xff": binary.BigEndian}[string(text[:min(2, len(text))])]
	switch {
	case bytes.HasPrefix(text, []byte("\xff\xfe\x00\x00")) || bytes.HasPrefix(text, []byte("\x00\x00\xfe\xff")):
		return nil, errors.New("it is in UTF-32; save it as UTF-8")
	case order != nil:
		var err error
		if text, err = fromUTF16(text[2:], order); err != nil {
			return nil, err
		}
	case bytes.HasPrefix(text, []byte("\xef\xbb\xbf")):
		text = text[3:]
	case bytes.IndexByte(text, 0) >= 0:
		return nil, errors.New("it has zero bytes, as binary files have and text in UTF-16 without a byte-order " +
			"mark; save it as UTF-8")
	}
	if !utf8.Valid(text) {
		row, column := 1, 1
		for at := 0; at < len(text); {
			r, size := utf8.DecodeRune(text[at:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			if at, column = at+size, column+1; r == '\n' {
				row, column = row+1, 1
			}
		}
		return nil, fmt.Errorf("line %d, column %d: it isn't UTF-8; save it as UTF-8", row, column)
	}
	return bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n")), nil
}

// fromUTF16 makes UTF-8 of it.
func fromUTF16(text []byte, order binary.ByteOrder) ([]byte, error) {
	if len(text)%2 != 0 {
		return nil, errors.New("it is in UTF-16 with half a character at its end; save it as UTF-8")
	}
	units := make([]uint16, len(text)/2)
	for i := range units {
		units[i] = order.Uint16(text[2*i:])
	}
	return []byte(string(utf16.Decode(units))), nil
}

// tomlMistake says where the text is wrong and what to write there.
func tomlMistake(text []byte, wrong *toml.DecodeError) error {
	row, column := wrong.Position()
	lines := strings.Split(string(text), "\n")
	line := lines[min(max(row-1, 0), len(lines)-1)]
	shown := strings.TrimSpace(line)
	if keys := wrong.Key(); len(keys) > 0 {
		key := keys[len(keys)-1]
		if f, ok := fieldOf(key); ok && strings.Contains(wrong.Error(), "TOML") { // else it's no matter of types
			return fmt.Errorf("line %d, column %d: %s takes %s, got the line %s", row, column, key, wants(f), shown)
		}
	}
	if at, advice := strangeRune(line); advice != "" {
		return fmt.Errorf("line %d, column %d: %s", row, at, advice)
	}
	why := strings.TrimPrefix(wrong.Error(), "toml: ")
	if strings.Contains(why, "run.Config") {
		why = "a preset is a table, as in [presets.NAME] with its settings in lines below"
	}
	if leadingZero.MatchString(line) {
		why = "a number with a zero before its digits; write it without"
	}
	return fmt.Errorf("line %d, column %d, %s: %s", row, column, shown, why)
}

var leadingZero = regexp.MustCompile(`=\s*[+-]?0[0-9_]+\s*(#.*)?$`)

// strangeRunes are those that word processors, web pages and chats write in place of others.
var strangeRunes = map[string]string{"“”„‟«»″＂": `"`, "‘’‚‛′`´": "'", "−–—‐‑": "-", "＝": "=", "，": ","}

// strangeRune finds the first character of a line, outside of quotes and comments, that TOML has no use for, and says
// what to write for it; advice is "" if there is none.
func strangeRune(line string) (column int, advice string) {
	var quote rune
	for _, r := range line {
		column++
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
			continue
		case r == '"' || r == '\'':
			quote = r
			continue
		case r == '#':
			return 0, ""
		}
		for strange, plain := range strangeRunes {
			if strings.ContainsRune(strange, r) {
				return column, fmt.Sprintf("%c (%U) is no %s; write %s", r, r, plain, plain)
			}
		}
		switch {
		case r != ' ' && unicode.IsSpace(r) && r != '\t':
			return column, fmt.Sprintf("%U is a space of another kind; write an ordinary space", r)
		case unicode.Is(unicode.Cf, r) || unicode.IsControl(r) && r != '\t':
			return column, fmt.Sprintf("%U, which can't be seen, is no part of TOML; remove it", r)
		}
	}
	return 0, ""
}

// wants says in words what a key of a type takes.
func wants(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Int {
			return "whole numbers, [1, 2, 2]"
		}
		return `names in quotes, ["a", "b"]`
	}
	return `text in "quotes"`
}
