package tomltext

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"unicode"

	"github.com/pelletier/go-toml/v2"
)

// mistake says where the text is wrong and what to write there.
func (s Schema) mistake(text []byte, wrong *toml.DecodeError) error {
	row, column := wrong.Position()
	lines := strings.Split(string(text), "\n")
	line := lines[min(max(row-1, 0), len(lines)-1)]
	shown := strings.TrimSpace(line)
	if keys := wrong.Key(); len(keys) > 0 {
		key := keys[len(keys)-1]
		if f, ok := s.Field(key); ok && strings.Contains(wrong.Error(), "TOML") { // else it's no matter of types
			return fmt.Errorf("line %d, column %d: %s takes %s, got the line %s", row, column, key, wants(f), shown)
		}
	}
	if at, advice := strangeRune(line); advice != "" {
		return fmt.Errorf("line %d, column %d: %s", row, at, advice)
	}
	why := strings.TrimPrefix(wrong.Error(), "toml: ")
	if strings.Contains(why, s.Table) {
		why = s.Advice
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
