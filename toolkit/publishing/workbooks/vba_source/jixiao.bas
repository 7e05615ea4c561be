Attribute VB_Name = "jixiao"
Option Explicit
' The buttons of the fill-in workbook. ASCII only and late bound, so that it compiles in Excel, WPS and
' LibreOffice alike. All Chinese sentences stand in the workbook under the name jixiao_messages.
' Windows Excel: our program finds this book by xlwings' own arguments. Other hosts: the book is saved,
' the program answers with a file of cell values, and these are written here.

Private Const PROTOCOL As String = "jixiao-answer 1"
Private Const SECONDS_TO_WAIT As Long = 120
Private Const SAYS_BUSY As Long = 1
Private Const SAYS_NOT_SAVED As Long = 2
Private Const SAYS_NO_PROGRAM As Long = 3
Private Const SAYS_TOO_LONG As Long = 4
Private Const SAYS_BROKEN As Long = 5
Private Const SAYS_FAILED As Long = 6
Private Const SAYS_CLEARED As Long = 7
Private Const SAYS_LOCKED As Long = 8
Private running As Boolean
Private opened As Collection ' 13 permissions and the name of each sheet that was opened for writing

Public Sub CheckBook()
    Press "check"
End Sub

Public Sub MakeReport()
    Press "report"
End Sub

Public Sub ClearMarks()
    Dim sheet As Object, column As Long
    On Error Resume Next
    ' LibreOffice does not find names of one sheet, so marks are found by their look: |A1|B2|.
    ' They are shown as nothing (;;;), and LibreOffice gives what is shown as the value.
    For Each sheet In ThisWorkbook.Worksheets
        For column = 1 To 60
            If Left(sheet.Cells(1, column).Formula, 1) = "|" Then sheet.Cells(1, column).Value = ""
        Next
    Next
    Named("jixiao_results").ClearContents
    Named("jixiao_results").Rows.AutoFit
    Named("jixiao_tool").ClearContents
    Tell Sentence(SAYS_CLEARED), True
End Sub

Private Sub Press(ByVal verb As String)
    Dim told As String
    If running Then Exit Sub
    On Error GoTo failed
    running = True
    Tell Sentence(SAYS_BUSY), False
    If Not OnDisk() Then
        told = Sentence(SAYS_NOT_SAVED)
    ElseIf Not Installed() Then
        told = Sentence(SAYS_NO_PROGRAM)
    ElseIf verb = "check" And WindowsExcel() Then
        told = AskExcel(verb)
    Else
        told = AskByFile(verb)
    End If
    Tell told, True
    running = False
    Exit Sub
failed:
    running = False
    Tell Sentence(SAYS_FAILED) & " (" & Err.Number & " " & Err.Description & ")", True
End Sub

' ---- the two ways ----

Private Function AskExcel(ByVal verb As String) As String
    Dim shell_object As Object, code As Long
    Set shell_object = CreateObject("WScript.Shell")
    code = shell_object.Run(CommandLine(verb) & " --from_xl=1 --hwnd=" & Application.Hwnd & " --wb=" & Quoted(ThisWorkbook.Name), 0, True)
    ' Where the program had to end itself, its settings are still in force.
    Application.ScreenUpdating = True
    Application.EnableEvents = True
    AskExcel = Named("jixiao_status").Value
    If AskExcel = Sentence(SAYS_BUSY) Then AskExcel = Sentence(SAYS_FAILED) & " (" & code & ")"
End Function

Private Function AskByFile(ByVal verb As String) As String
    Dim token As String, answer As String, lines As Variant, started As Double
    Randomize
    token = CLng(Timer * 100) & CLng(Rnd() * 100000)
    answer = ThisWorkbook.Path & Application.PathSeparator & "jixiao-" & token & ".tmp"
    ThisWorkbook.Save
    Shell CommandLine(verb) & " --token " & token & " --book " & Quoted(BookFile()), 0
    started = Timer
    Do While Len(Dir(answer)) = 0
        If Elapsed(started) > Limit() Then
            AskByFile = Sentence(SAYS_TOO_LONG)
            Exit Function
        End If
        Pause
    Loop
    lines = FileLines(answer)
    Kill answer
    If Not Sound(lines, token) Then
        AskByFile = Sentence(SAYS_BROKEN)
    ElseIf Not OpenSheets(lines) Then
        AskByFile = Sentence(SAYS_LOCKED)
    Else
        Apply lines
        AskByFile = Plain(lines(1))
    End If
End Function

' ---- the answer: a head, a message, one line per cell (sheet, address, kind, value), an end ----

Private Function FileLines(ByVal path As String) As Variant
    Dim f As Integer, text As String, found() As String, n As Long
    ReDim found(0)
    f = FreeFile
    Open path For Input As #f
    Do While Not EOF(f)
        Line Input #f, text
        ReDim Preserve found(n)
        found(n) = text
        n = n + 1
    Loop
    Close #f
    FileLines = found
End Function

Private Function Sound(lines As Variant, ByVal token As String) As Boolean
    Dim i As Long, p() As String
    If UBound(lines) < 2 Then Exit Function
    If lines(0) <> PROTOCOL & " " & token & " " & (UBound(lines) - 2) Then Exit Function
    If lines(UBound(lines)) <> "end" Then Exit Function
    For i = 2 To UBound(lines) - 1
        p = Split(lines(i), vbTab)
        If UBound(p) <> 3 Then Exit Function
        If InStr(1, "nsfb", p(2)) = 0 Or Len(p(2)) <> 1 Then Exit Function
        If Not HasSheet(Plain(p(0))) Then Exit Function
    Next
    Sound = True
End Function

Private Sub Apply(lines As Variant)
    Dim i As Long, number As Long, reason As String
    Application.ScreenUpdating = False
    On Error GoTo finish
    For i = 2 To UBound(lines) - 1
        WriteCell Split(lines(i), vbTab)
    Next
finish:
    number = Err.Number
    reason = Err.Description
    CloseSheets
    FitRows
    Application.ScreenUpdating = True
    If number <> 0 Then Err.Raise number, , reason
    Application.Calculate
End Sub

Private Sub FitRows()
    On Error Resume Next
    Named("jixiao_results").Rows.AutoFit
End Sub

Private Sub WriteCell(p As Variant)
    Dim cell As Object
    Set cell = ThisWorkbook.Worksheets(Plain(p(0))).Range(p(1))
    Select Case p(2)
        Case "n": cell.Value = Val(p(3))
        Case "f": cell.Formula = Plain(p(3))
        Case "b": cell.Value = ""
        Case Else
            ' Text stays text, also where it looks like a formula.
            If cell.NumberFormat = "@" Then cell.Value = Plain(p(3)) Else cell.Value = "'" & Plain(p(3))
    End Select
End Sub

' ---- protection: LibreOffice lets macros write; Excel and WPS want the sheet opened first ----

Private Function OpenSheets(lines As Variant) As Boolean
    Dim i As Long, p() As String
    OpenSheets = True
    Set opened = New Collection
    If LibreOffice() Then Exit Function
    On Error GoTo refused
    For i = 2 To UBound(lines) - 1
        p = Split(lines(i), vbTab)
        If p(2) = "f" Then OpenSheet ThisWorkbook.Worksheets(Plain(p(0)))
    Next
    Exit Function
refused:
    OpenSheets = False
    CloseSheets
End Function

Private Sub OpenSheet(sheet As Object)
    Dim permissions As String
    If sheet.ProtectContents Then
        permissions = PermissionsOf(sheet)
        sheet.Unprotect ""
        If sheet.ProtectContents Then Err.Raise 1004
        opened.Add permissions & sheet.Name
    End If
End Sub

Private Function PermissionsOf(sheet As Object) As String
    With sheet.Protection
        PermissionsOf = Bit(.AllowFormattingCells) & Bit(.AllowFormattingColumns) & Bit(.AllowFormattingRows) & _
            Bit(.AllowInsertingColumns) & Bit(.AllowInsertingRows) & Bit(.AllowInsertingHyperlinks) & _
            Bit(.AllowDeletingColumns) & Bit(.AllowDeletingRows) & Bit(.AllowSorting) & Bit(.AllowFiltering) & _
            Bit(.AllowUsingPivotTables)
    End With
    PermissionsOf = PermissionsOf & Bit(sheet.ProtectDrawingObjects) & Bit(sheet.ProtectScenarios)
End Function

Private Sub CloseSheets()
    Dim o As Variant
    For Each o In opened
        ThisWorkbook.Worksheets(Mid(o, 14)).Protect "", IsSet(o, 12), True, IsSet(o, 13), False, IsSet(o, 1), IsSet(o, 2), _
            IsSet(o, 3), IsSet(o, 4), IsSet(o, 5), IsSet(o, 6), IsSet(o, 7), IsSet(o, 8), IsSet(o, 9), IsSet(o, 10), IsSet(o, 11)
    Next
    Set opened = New Collection
End Sub

Private Function Bit(ByVal allowed As Boolean) As String
    Bit = IIf(allowed, "1", "0")
End Function

Private Function IsSet(ByVal bits As String, ByVal place As Long) As Boolean
    IsSet = (Mid(bits, place, 1) = "1")
End Function

' ---- what is where ----

Private Function LibreOffice() As Boolean
    LibreOffice = (Val(Application.Version) < 12)
End Function

Private Function OnWindows() As Boolean
    OnWindows = (Application.PathSeparator = "\")
End Function

Private Function WindowsExcel() As Boolean
    ' A name with "=" cannot be told to xlwings; WPS does not answer to it.
    If LibreOffice() Or Not OnWindows() Or InStr(ThisWorkbook.Name, "=") > 0 Then Exit Function
    WindowsExcel = (Application.Name = "Microsoft Excel") And (InStr(1, Application.Path, "WPS", 1) = 0) _
        And (InStr(1, Application.Path, "Kingsoft", 1) = 0)
End Function

Private Function OnDisk() As Boolean
    OnDisk = Len(ThisWorkbook.Path) > 0 And InStr(ThisWorkbook.Path, "://") = 0 And InStr(BookFile(), """") = 0
End Function

Private Function BookFile() As String
    BookFile = ThisWorkbook.Path & Application.PathSeparator & ThisWorkbook.Name
End Function

Private Function Setting(ByVal number As Long) As String
    ' Written by jixiao excel install: the program, what stands behind it on the command line, seconds to wait.
    Dim place As String, lines As Variant
    If OnWindows() Then
        place = Environ("ProgramData") & "\jixiao\button.txt"
    Else
        place = Environ("HOME") & "/.config/jixiao/button.txt"
    End If
    If Len(Dir(place)) = 0 Then Exit Function
    lines = FileLines(place)
    If UBound(lines) >= number Then Setting = lines(number)
End Function

Private Function Installed() As Boolean
    If Len(Setting(0)) > 0 Then Installed = Len(Dir(Setting(0))) > 0
End Function

Private Function CommandLine(ByVal verb As String) As String
    CommandLine = Quoted(Setting(0)) & " " & Setting(1) & " excel button " & verb
End Function

Private Function Limit() As Long
    Limit = SECONDS_TO_WAIT
    If Val(Setting(2)) > 0 Then Limit = Val(Setting(2))
End Function

Private Sub Pause()
    On Error Resume Next
    DoEvents
    Application.Wait Now + TimeSerial(0, 0, 1)
End Sub

Private Function Elapsed(ByVal started As Double) As Double
    Elapsed = Timer - started
    If Elapsed < 0 Then Elapsed = Elapsed + 86400
End Function

Private Function Quoted(ByVal text As String) As String
    Quoted = """" & text & """"
End Function

Private Function HasSheet(ByVal title As String) As Boolean
    Dim sheet As Object
    For Each sheet In ThisWorkbook.Worksheets
        If sheet.Name = title Then HasSheet = True
    Next
End Function

Private Function Named(ByVal title As String) As Object
    Set Named = ThisWorkbook.Names(title).RefersToRange
End Function

Private Function Sentence(ByVal number As Long) As String
    Sentence = Named("jixiao_messages").Cells(number, 1).Value
End Function

Private Sub Tell(ByVal text As String, ByVal finished As Boolean)
    On Error Resume Next
    Named("jixiao_status").Value = text
    If finished And Len(Environ("JIXIAO_QUIET")) = 0 Then MsgBox text
End Sub

Private Function Plain(ByVal text As String) As String
    Dim i As Long, made As String
    i = 1
    Do While i <= Len(text)
        If Mid(text, i, 2) = "\u" Then
            made = made & ChrW(CLng("&H" & Mid(text, i + 2, 4)))
            i = i + 6
        Else
            made = made & Mid(text, i, 1)
            i = i + 1
        End If
    Loop
    Plain = made
End Function
