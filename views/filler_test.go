package views

import (
	"fmt"
	"reflect"
	"regexp"
)

// filler sets every field of a page: text to hostile text, addresses to a
// program, lists to two entries, and all flags to one value.
type filler struct {
	flags bool
	count int
}

var address = regexp.MustCompile(`(Href|URL|Action|Remove|Newer|Older|Export|Back|Cancel|Return|Path)$`)

func (f *filler) page(p any) { f.fill(reflect.ValueOf(p).Elem(), "") }

func (f *filler) fill(v reflect.Value, name string) {
	switch v.Kind() {
	case reflect.String:
		f.text(v, name)
	case reflect.Bool:
		v.SetBool(f.flags)
	case reflect.Int:
		v.SetInt(2)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem(), name)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			f.fill(v.Index(i), name)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f.fill(v.Field(i), v.Type().Field(i).Name)
		}
	default:
		panic("a page holds a " + v.Kind().String() + ": " + name)
	}
}

func (f *filler) text(v reflect.Value, name string) {
	f.count++
	switch {
	case address.MatchString(name):
		v.SetString(script + hostile)
	case name == "ID": // unique, as ids are
		v.SetString(fmt.Sprint(hostile, f.count))
	default:
		v.SetString(hostile)
	}
}
